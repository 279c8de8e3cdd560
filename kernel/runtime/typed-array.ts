import { inspect } from "node:util";
import type { Content } from "../protocol/message.ts";

type TypedArray = NodeJS.TypedArray;

/** Longer ones are summarised: nobody reads a million numbers. */
const LONGEST = 100;
const ENDS = 6;

export function isTypedArray(view: ArrayBufferView): view is TypedArray {
  return !(view instanceof DataView) && !(view instanceof Buffer);
}

/** `Float32Array(1000) [ 0, 1, …, 999 ]` with its range and mean; null of a short one, which is printed whole. */
export function summary(array: TypedArray): Content | null {
  if (array.length <= LONGEST) return null;
  const show = (part: TypedArray) =>
    Array.from(part as Iterable<number | bigint>, (value) => inspect(value)).join(", ");
  const ends = `${show(array.subarray(0, ENDS))}, …, ${show(array.subarray(-ENDS))}`;
  return { "text/plain": `${array.constructor.name}(${array.length}) [ ${ends} ]\n${statistics(array)}` };
}

function statistics(array: TypedArray): string {
  let least = array[0]!;
  let most = array[0]!;
  let sum = 0;
  let notNumbers = 0;
  for (const value of array as Iterable<number | bigint>) {
    if (Number.isNaN(value)) {
      notNumbers++;
      continue;
    }
    if (value < least || Number.isNaN(least)) least = value;
    if (value > most || Number.isNaN(most)) most = value;
    sum += Number(value);
  }
  const finite = array.length - notNumbers;
  const mean = finite > 0 ? `, mean ${Number((sum / finite).toPrecision(6))}` : "";
  return `min ${inspect(least)}, max ${inspect(most)}${mean}${notNumbers > 0 ? `, ${notNumbers} NaN` : ""}`;
}
