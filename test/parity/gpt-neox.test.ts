import { compareWithPyTorch } from "./against-pytorch.ts";

/**
 * A key bias adds the same to all scores of a query, where its numbers do not turn, and softmax does not see it. The
 * joint bias has of each head its query, key and value; of the key, the first half turns here (rotary_pct 0.5). In ten steps PyTorch's own updates of
 * that bias in float32 and in float64 come to differ by 2 to 8% of their norm.
 */
const unturnedKeyBias = (config: Readonly<Record<string, unknown>>, parameter: string, element: number) => {
  const headDim = Number(config.hidden_size) / Number(config.num_attention_heads);
  const inKey = (element % (3 * headDim)) - headDim;
  return parameter.endsWith("query_key_value.bias") && inKey >= headDim / 2 && inKey < headDim;
};

compareWithPyTorch("fixtures", unturnedKeyBias);
