import { inFile, type TensorData } from "./checkpoint.ts";
import { CheckpointError } from "./error.ts";
import { fillNow } from "./file.ts";
import { fromBfloat16, fromFloat16 } from "./half.ts";
import { elementBytes } from "./header.ts";
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
      for (let done = 0; done < into.length; done += PART) {
        const at = entry.offset + (from + done) * unit;
        convert(into.subarray(done, done + PART), (bytes) =>
          fillNow(file, at, bytes, `tensor "${entry.name}"`),
        );
      }
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
