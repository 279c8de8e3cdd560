import type { Random } from "../../src/data/random.ts";

/** What a length, count or offset of a damaged file may say. */
const extremes = [
  0n,
  1n,
  2n,
  31n,
  255n,
  65_536n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 60n,
  2n ** 63n,
  2n ** 64n - 1n,
];

type Damage = (bytes: Buffer, random: Random, others: readonly Uint8Array[]) => Buffer;

const place = (bytes: Buffer, random: Random, width = 1) =>
  random.integer(Math.max(1, bytes.length - width + 1));

const cut = (bytes: Buffer, from: number, to: number, between: Uint8Array = Buffer.alloc(0)) =>
  Buffer.concat([bytes.subarray(0, from), between, bytes.subarray(to)]);

const kinds: readonly Damage[] = [
  function flipBits(bytes, random) {
    for (let i = random.integer(20); i >= 0 && bytes.length > 0; i--)
      bytes[place(bytes, random)]! ^= 1 << random.integer(8);
    return bytes;
  },
  function fillRun(bytes, random) {
    const at = place(bytes, random);
    const to = Math.min(bytes.length, at + 1 + random.integer(64));
    return bytes.fill([0, 0x20, 0x7f, 0xff][random.integer(4)]!, at, to);
  },
  function truncate(bytes, random) {
    return bytes.subarray(0, random.integer(bytes.length + 1));
  },
  function writeLong(bytes, random) {
    if (bytes.length >= 8)
      bytes.writeBigUInt64LE(extremes[random.integer(extremes.length)]!, place(bytes, random, 8));
    return bytes;
  },
  function writeWord(bytes, random) {
    if (bytes.length >= 4) {
      const value = random.integer(2) ? random.integer(14) : extremes[random.integer(9)]!;
      bytes.writeUInt32LE(Number(value), place(bytes, random, 4));
    }
    return bytes;
  },
  function writeFirstLengths(bytes, random) {
    // Most formats begin with their counts and lengths.
    if (bytes.length >= 40)
      bytes.writeBigUInt64LE(extremes[random.integer(extremes.length)]!, random.integer(32));
    return bytes;
  },
  function remove(bytes, random) {
    const at = place(bytes, random);
    return cut(bytes, at, at + random.integer(40));
  },
  function insert(bytes, random) {
    const at = place(bytes, random);
    return cut(bytes, at, at, Buffer.alloc(random.integer(40), at & 255));
  },
  function repeatBlock(bytes, random) {
    const from = place(bytes, random);
    const block = bytes.subarray(from, from + 1 + random.integer(256));
    const at = place(bytes, random);
    return cut(bytes, at, at, Buffer.concat(Array(1 + random.integer(8)).fill(block)));
  },
  function splice(bytes, random, others) {
    const other = Buffer.from(others[random.integer(others.length)] ?? bytes);
    return Buffer.concat([bytes.subarray(0, place(bytes, random)), other.subarray(place(other, random))]);
  },
];

/** One damage to bytes, sometimes several on top of one another. @param others files of the same format, to splice with */
export function damageBytes(whole: Uint8Array, random: Random, others: readonly Uint8Array[] = []): Buffer {
  let bytes: Buffer = Buffer.from(whole);
  do bytes = Buffer.from(kinds[random.integer(kinds.length)]!(bytes, random, others));
  while (random.integer(4) === 0);
  return bytes;
}
