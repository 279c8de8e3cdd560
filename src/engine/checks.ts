import type { ModelCheckpoint, TensorData } from "../checkpoints/checkpoint.ts";
import type { Example } from "../data/examples.ts";
import type { Objective, ResponseLogProbs } from "../objectives/objective.ts";
import type { Parameter, Values } from "../tensor/index.ts";
import { EngineError } from "./errors.ts";

/** A tensor of the checkpoint, with the shape that the configuration gives it. */
export function checkedTensor(
  checkpoint: ModelCheckpoint,
  name: string,
  shape: readonly number[],
): TensorData {
  const tensor = checkpoint.tensors.get(name);
  if (!tensor) throw new EngineError(`the checkpoint has no tensor "${name}" ([${shape}])`);
  const fits =
    tensor.shape.length === shape.length && tensor.shape.every((size, axis) => size === shape[axis]);
  if (!fits) throw new EngineError(`tensor "${name}" is [${tensor.shape}]; config.json makes it [${shape}]`);
  const size = shape.reduce((product, n) => product * n, 1);
  if (!tensor.stored && tensor.data.length !== size) {
    throw new EngineError(`tensor "${name}" has ${tensor.data.length} values; [${shape}] has ${size}`);
  }
  return tensor;
}

/** One array per parameter, as long as it. */
export function checkGradient(parameters: readonly Parameter[], into: readonly Values[]): void {
  if (into.length !== parameters.length) {
    throw new EngineError(`${into.length} gradient arrays for ${parameters.length} parameters`);
  }
  for (const [i, { name, data }] of parameters.entries()) {
    if (into[i]!.length !== data.length) {
      throw new EngineError(
        `the gradient array of "${name}" has ${into[i]!.length} values, it has ${data.length}`,
      );
    }
  }
}

/** What the objective reads of these examples, but for the log-probabilities. */
export function responsesOf(
  examples: readonly Example[],
  objective: Objective,
  reference: Float64Array | null,
): Omit<ResponseLogProbs, "logProbs"> {
  const responses = objective.shape === "preference" ? 2 : 1;
  for (const { row, responses: found } of examples) {
    if (found.length !== responses) {
      throw new EngineError(`row ${row} has ${found.length} responses; ${objective.name} reads ${responses}`);
    }
  }
  const lengths = Int32Array.from(
    examples.flatMap((example) => example.responses.map((each) => each.length)),
  );
  if (objective.needsReference && reference?.length !== lengths.length) {
    throw new EngineError(
      `${objective.name} needs ${lengths.length} reference log-probabilities, got ${reference?.length ?? "none"}`,
    );
  }
  const tokens = lengths.reduce((a, b) => a + b, 0);
  return {
    reference,
    lengths,
    responses,
    batch: { rows: examples.length, tokens },
    rowNumbers: examples.map(({ row }) => row),
  };
}

/** Checks what no later step could name: empty parts, ids outside the vocabulary, rows longer than the positions. */
export function checkExamples(examples: readonly Example[], vocabulary: number, maxLength: number): void {
  for (const { row, prompt, responses } of examples) {
    if (prompt.length < 1) throw new EngineError(`row ${row}: the prompt has no tokens; give at least one`);
    if (responses.length < 1) throw new EngineError(`row ${row}: there is no response`);
    for (const [i, response] of responses.entries()) {
      if (response.length < 1)
        throw new EngineError(`row ${row}: response ${i} has no tokens; give at least one`);
      const length = prompt.length + response.length - 1;
      if (length > maxLength) {
        throw new EngineError(`row ${row}: ${length} tokens; the model's positions end at ${maxLength}`);
      }
    }
    for (const ids of [prompt, ...responses]) {
      for (const id of ids) {
        if (id < 0 || id >= vocabulary) {
          throw new EngineError(`row ${row}: token id ${id} is outside the vocabulary of ${vocabulary}`);
        }
      }
    }
  }
}
