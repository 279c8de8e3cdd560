/** The models that are trained, and how their batches are drawn. */
export interface Shape {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly vocabulary: number;
  /** Of the LoRA adapter on query_key_value. */
  readonly rank: number;
  /** Rows in a batch. */
  readonly rows: { readonly sft: number; readonly dpo: number };
  /** Characters in a token: GPT-NeoX's tokenizer makes about one of 4.2 characters of English text. */
  readonly characters: number;
}

export const shapes = {
  /** Pythia-70m. */
  full: {
    width: 512,
    layers: 6,
    heads: 8,
    vocabulary: 50_304,
    rank: 32,
    rows: { sft: 24, dpo: 8 },
    characters: 4.2,
  },
  /** To try the benchmark itself. */
  tiny: {
    width: 64,
    layers: 2,
    heads: 4,
    vocabulary: 1_000,
    rank: 4,
    rows: { sft: 6, dpo: 4 },
    characters: 40,
  },
} as const satisfies Record<string, Shape>;

export type ShapeName = keyof typeof shapes;

export function shapeNamed(name: string): Shape {
  if (name in shapes) return shapes[name as ShapeName];
  throw new Error(`there is no shape "${name}", only ${Object.keys(shapes).join(", ")}`);
}

export const configOf = (shape: Pick<Shape, "width" | "layers" | "heads" | "vocabulary">) => ({
  model_type: "gpt_neox",
  hidden_size: shape.width,
  num_hidden_layers: shape.layers,
  num_attention_heads: shape.heads,
  intermediate_size: 4 * shape.width,
  vocab_size: shape.vocabulary,
});

export const loraOf = ({ rank }: Pick<Shape, "rank">) => ({
  rank,
  alpha: rank,
  targets: ["query_key_value"],
  dropout: 0,
});
