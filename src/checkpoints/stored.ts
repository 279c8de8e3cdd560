import { closeSync, openSync, readSync } from "node:fs";
import { inFile, type TensorData } from "./checkpoint.ts";
import { CheckpointError } from "./error.ts";
import { fromBfloat16, fromFloat16 } from "./half.ts";
import { elementBytes, type TensorEntry } from "./header.ts";
import { readSafetensorsHeader } from "./safetensors.ts";

/** Numbers read and converted at a time. */
const PART = 2 ** 20;

/**
 * The floating-point tensors of a safetensors file, left in it: the header is checked now, the numbers are read when
 * they are needed.
 *
 * @throws CheckpointError as `readSafetensors` does
 */
export async function openSafetensors(file: string): Promise<Map<string, TensorData>> {
  const { entries } = await readSafetensorsHeader(file);
  const tensors = new Map<string, TensorData>();
  for (const entry of entries) {
    const convert = conversions[entry.dtype];
    if (!convert) continue;
    const unit = elementBytes[entry.dtype]!;
    const read = (from: number, into: Float32Array) => {
      if ((from + into.length) * unit > entry.bytes)
        throw new CheckpointError(
          `${file}: tensor "${entry.name}" has ${entry.bytes / unit} numbers; asked for ${from + into.length}`,
        );
      withFile(file, entry, (descriptor) => {
        for (let done = 0; done < into.length; done += PART) {
          const part = into.subarray(done, done + PART);
          convert(part, (bytes) =>
            readFully(descriptor, bytes, entry.offset + (from + done) * unit, file, entry),
          );
        }
      });
    };
    tensors.set(entry.name, inFile(entry.shape, { read }));
  }
  return tensors;
}

/** Fills an array of the stored type through `fill`, and converts it. */
type Convert = (into: Float32Array, fill: (bytes: Uint8Array) => void) => void;

const bytesOf = (array: Float32Array | Float64Array | Uint16Array) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

const halves =
  (convert: (source: Uint16Array, into: Float32Array) => void): Convert =>
  (into, fill) => {
    const source = new Uint16Array(into.length);
    fill(bytesOf(source));
    convert(source, into);
  };

const conversions: Readonly<Record<string, Convert>> = {
  F32: (into, fill) => fill(bytesOf(into)),
  F64(into, fill) {
    const source = new Float64Array(into.length);
    fill(bytesOf(source));
    into.set(source);
  },
  F16: halves(fromFloat16),
  BF16: halves(fromBfloat16),
};

function withFile(file: string, { name }: TensorEntry, work: (descriptor: number) => void): void {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch (error) {
    throw new CheckpointError(`${file}: tensor "${name}" can't be read: ${(error as Error).message}`);
  }
  try {
    work(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function readFully(descriptor: number, into: Uint8Array, from: number, file: string, { name }: TensorEntry) {
  for (let done = 0; done < into.length; ) {
    const count = readSync(descriptor, into, done, into.length - done, from + done);
    if (count === 0)
      throw new CheckpointError(
        `${file}: ended within tensor "${name}"; was it changed while a run was reading it?`,
      );
    done += count;
  }
}
