/**
 * One pass over the output head, block by block, for {@link targetLogProbs}: log-probabilities of the labels, and what
 * the head's rows are together when each counts with its probability.
 */
import { Emitter, valueInfo } from "../emitter.ts";

/** Names of the values that the pass reads. */
export interface HeadPass {
  /** [targets, width] */
  readonly h: string;
  /** The labels' logits, [targets, 1]. */
  readonly ofLabel: string;
  /** [blocks, size, width] */
  readonly blocks: string;
  /** [rest, width] */
  readonly rest: string;
  readonly width: number;
  /** Whether Σ p W is asked for. */
  readonly slopes: boolean;
}

/**
 * Σ exp(logit − the label's logit) up to which the quick pass counts. Far below float32's largest number, since Σ p W
 * has to be finite, too; it is reached where a label's log-probability is −69.
 */
export const LARGEST_SUM = 1e30;

const results = (slopes: boolean, width: number) => [["targets", 1], ...(slopes ? [["targets", width]] : [])];

/** A graph whose outputs are those of the graph around it. */
export function unchanged(prefix: string, values: readonly string[], width: number) {
  const body = new Emitter(prefix);
  const shapes = results(values.length > 1, width);
  return body.graph(
    "quick",
    [],
    values.map((value, i) => valueInfo(body.node("Identity", [value]), "float32", shapes[i]!)),
  );
}

/** Runs `step` for the rest of the head and then, in a Scan, for each block; the values of the last one. */
function overBlocks(
  onnx: Emitter,
  { blocks, rest, width, slopes }: HeadPass,
  prefix: string,
  step: (onnx: Emitter, block: string, before: readonly string[] | null) => string[],
): string[] {
  const first = step(onnx, rest, null);
  const body = new Emitter(prefix);
  const before = first.map(() => body.name("before"));
  const block = body.name("rows");
  const shapes = results(slopes, width);
  const after = step(body, block, before);
  const graph = body.graph(
    "block",
    [
      ...before.map((name, i) => valueInfo(name, "float32", shapes[i]!)),
      valueInfo(block, "float32", ["size", width]),
    ],
    after.map((name, i) => valueInfo(name, "float32", shapes[i]!)),
  );
  const last = first.map(() => onnx.name("all"));
  onnx.node("Scan", [...first, blocks], last, { body: { graph }, num_scan_inputs: { int: 1 } });
  return last;
}

/**
 * The quick pass: `outputs` are log-probabilities [targets, 1] and Σ p W [targets, width].
 *
 * @returns the largest sum: where it is not below {@link LARGEST_SUM}, `outputs` do not count
 */
export function sumShifted(onnx: Emitter, of: HeadPass, outputs: readonly string[], prefix: string): string {
  const { h, ofLabel, slopes } = of;
  const [total, mixed] = overBlocks(onnx, of, prefix, (at, block, before) => {
    const logits = at.node("Gemm", [h, block], undefined, { transB: { int: 1 } }); // [targets, block]
    const odds = at.node("Exp", [at.node("Sub", [logits, ofLabel])]); // p / p(label)
    const sum = at.node("ReduceSum", [odds, at.sizes([1])]);
    const after = [before ? at.node("Add", [before[0]!, sum]) : sum];
    if (slopes) after.push(at.node("Gemm", before ? [odds, block, before[1]!] : [odds, block]));
    return after;
  });
  onnx.node("Neg", [onnx.node("Log", [total!])], [outputs[0]!]);
  if (slopes) onnx.node("Div", [mixed!, total!], [outputs[1]!]);
  return onnx.node("ReduceMax", [total!], undefined, { keepdims: { int: 0 } });
}

/** The pass that always counts, as a graph: adds to log Σ exp(logits) [targets, 1], and to Σ p W [targets, width]. */
export function sumRunning(prefix: string, of: HeadPass) {
  const { h, ofLabel, slopes, width } = of;
  const onnx = new Emitter(prefix);
  const [logSum, expected] = overBlocks(onnx, of, `${prefix}block_`, (at, block, before) => {
    const columns = at.sizes([1]);
    const logits = at.node("Gemm", [h, block], undefined, { transB: { int: 1 } });
    const p = at.node("Softmax", [logits], undefined, { axis: { int: -1 } }); // as if this block were all
    // Its log Σ exp: max − log(max p), exact, since the largest probability is at least 1/block.
    const certain = at.node("Log", [at.node("ReduceMax", [p, columns])]);
    const own = at.node("Sub", [at.node("ReduceMax", [logits, columns]), certain]);
    const here = slopes ? at.node("Gemm", [p, block]) : null;
    if (!before) return here ? [own, here] : [own];
    const larger = at.node("Max", [before[0]!, own]);
    const share = (of: string, total: string) => at.node("Exp", [at.node("Sub", [of, total])]);
    const both = at.node("Add", [share(before[0]!, larger), share(own, larger)]);
    const after = at.node("Add", [larger, at.node("Log", [both])]);
    if (!here) return [after];
    const kept = at.node("Mul", [before[1]!, share(before[0]!, after)]);
    return [after, at.node("Add", [kept, at.node("Mul", [here, share(own, after)])])];
  });
  const outputs = [onnx.node("Sub", [ofLabel, logSum!])];
  if (slopes) outputs.push(onnx.node("Identity", [expected!]));
  const shapes = results(slopes, width);
  return onnx.graph(
    "exact",
    [],
    outputs.map((name, i) => valueInfo(name, "float32", shapes[i]!)),
  );
}
