/**
 * Parquet's hybrid of run-length and bit-packed encoding (https://parquet.apache.org/docs/file-format/data-pages/encodings/):
 * levels, and places in a dictionary. A run's length stands in the file, and the library (hyparquet) writes that many
 * values whatever the page announced; here the lengths are checked before.
 */

/** What a page says of its values. */
export interface PageOfRuns {
  readonly values: number;
  readonly encoding: string | undefined;
  readonly isBoolean: boolean;
  /** The column's highest repetition and definition level; 0 where it has none. */
  readonly repetition: number;
  readonly definition: number;
}

/** A page of version 1, decompressed: both kinds of levels, each after its length, then the values. @throws Error */
export function checkPageV1(page: Uint8Array, of: PageOfRuns): void {
  let at = 0;
  for (const most of [of.repetition, of.definition])
    if (most > 0) {
      const length = lengthAt(page, at);
      checkRuns(page, at + 4, bitWidth(most), of.values);
      at += 4 + length;
    }
  checkValues(page.subarray(at), of);
}

/** The levels of a page of version 2, which stand before the values and are never compressed. @throws Error */
export function checkLevelsV2(
  bytes: Uint8Array,
  { repetition, definition, values }: PageOfRuns,
  definitionAt: number,
): void {
  if (repetition > 0) checkRuns(bytes, 0, bitWidth(repetition), values);
  if (definition > 0) checkRuns(bytes, definitionAt, bitWidth(definition), values);
}

/** The values of a page, decompressed. @throws Error */
export function checkValues(bytes: Uint8Array, { encoding, isBoolean, values }: PageOfRuns): void {
  if (encoding !== "PLAIN_DICTIONARY" && encoding !== "RLE_DICTIONARY" && encoding !== "RLE") return;
  if (isBoolean || encoding === "RLE") checkRuns(bytes, 4, 1, values);
  if (!isBoolean && bytes.length > 0) checkRuns(bytes, 1, bytes[0]!, values);
}

/** Until so many values have been announced, or the bytes end (a library that goes on then fails by itself). */
function checkRuns(bytes: Uint8Array, at: number, width: number, values: number): void {
  for (let seen = 0; seen < values && at < bytes.length; ) {
    let header = 0;
    for (let shift = 0, byte = 0x80; byte & 0x80; shift += 7) {
      byte = bytes[at++] ?? 0;
      header += (byte & 0x7f) * 2 ** shift;
      if (shift > 28) throw new Error("the length of a run has over 35 bits");
    }
    const packed = header % 2 === 1;
    const count = Math.floor(header / 2) * (packed ? 8 : 1);
    // Bit-packed values come in eights, the last of which may be filled up.
    const most = values - seen + (packed ? 7 : 0);
    if (count > most) throw new Error(`a run of ${count} values where ${most} may follow`);
    at += packed ? (count / 8) * width : (width + 7) >> 3;
    seen += count;
  }
}

function lengthAt(page: Uint8Array, at: number): number {
  if (at + 4 > page.length) throw new Error("a page ends within its levels");
  return new DataView(page.buffer, page.byteOffset).getUint32(at, true);
}

const bitWidth = (most: number) => 32 - Math.clz32(most);
