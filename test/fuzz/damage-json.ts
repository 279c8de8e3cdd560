import type { Random } from "../../src/data/random.ts";
import { damageBytes } from "./damage-bytes.ts";

/** JSON texts that stand where another value was expected. */
const strangers: readonly ((random: Random) => string)[] = [
  () => "null",
  () => "true",
  () => "false",
  () => "0",
  () => "-0",
  () => "-1",
  () => "0.5",
  () => "1e999",
  () => "-1e999",
  () => "1e-400",
  () => "2147483647",
  () => "2147483648",
  () => "4294967296",
  () => "9007199254740991",
  () => "9007199254740993",
  () => "18446744073709551616",
  () => '""',
  () => '"12"',
  () => '"NaN"',
  () => '"\\ud800"',
  () => '"\\u0000"',
  () => '"../../../../etc/passwd"',
  () => '"/etc/passwd"',
  () => '"constructor"',
  () => '"__proto__"',
  () => "[]",
  () => "{}",
  () => "[[]]",
  () => "[null]",
  () => "[-1, 2]",
  () => "[4294967296, 4294967296]",
  () => '{"__proto__": {"polluted": true}}',
  () => '{"constructor": {"prototype": {"polluted": true}}}',
  () => '{"length": 4294967295}',
  () => '{"toString": null, "valueOf": 1}',
  () => '"(a+)+$"',
  () => '{"Regex": "(.+)+x"}',
  () => '{"Regex": "(?:a|a|aa)*b|("}',
  (random) => JSON.stringify("x".repeat(10 ** (3 + random.integer(4)))),
  (random) => "[".repeat(10 ** (2 + random.integer(4))),
  (random) => nested("[", "]", 10 ** (2 + random.integer(4))),
  (random) => nested('{"a":', "}", 10 ** (2 + random.integer(3)), "1"),
  (random) => `[${"0,".repeat(10 ** (2 + random.integer(4)))}0]`,
  (random) => String(random.integer(300)),
  (random) => String((random.next() - 0.5) * 10 ** random.integer(20)),
];

function nested(open: string, close: string, depth: number, inner = ""): string {
  return open.repeat(depth) + inner + close.repeat(depth);
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** A value's place: what holds it, and under which key. */
interface Spot {
  readonly holder: Json[] | { [key: string]: Json };
  readonly key: string | number;
}

/** Places of a document, shallow ones first; large lists and objects have their first and last entries looked at. */
function spots(document: Json): Spot[] {
  const found: Spot[] = [];
  const queue: Json[] = [document];
  for (let at = 0; at < queue.length && found.length < 2000; at++) {
    const holder = queue[at]!;
    if (typeof holder !== "object" || holder === null) continue;
    const keys: (string | number)[] = Array.isArray(holder) ? [...holder.keys()] : Object.keys(holder);
    const some = keys.length > 24 ? [...keys.slice(0, 16), ...keys.slice(-8)] : keys;
    for (const key of some) {
      found.push({ holder, key });
      queue.push((holder as Record<string | number, Json>)[key]!);
    }
  }
  return found;
}

const value = ({ holder, key }: Spot) => (holder as Record<string | number, Json>)[key]!;
/** An own key whatever its name, `__proto__` included. */
const put = ({ holder, key }: Spot, to: Json) =>
  Object.defineProperty(holder, key, { value: to, enumerable: true, configurable: true, writable: true });

/** A value replaced by a raw JSON text: written as a mark, then exchanged in the text. */
const mark = "\u{f8ff}raw\u{f8ff}";

type Damage = (document: Json, at: Spot, random: Random, pick: () => Spot) => string | undefined;

const kinds: readonly Damage[] = [
  function replace(_document, at, random) {
    put(at, mark);
    return strangers[random.integer(strangers.length)]!(random);
  },
  function remove(_document, { holder, key }) {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
    return undefined;
  },
  function rename(_document, { holder, key }, random) {
    if (Array.isArray(holder)) return undefined;
    const names = ["__proto__", "constructor", "toString", "", `${key} `, String(key).toUpperCase()];
    const name = names[random.integer(names.length)]!;
    const moved = holder[key]!;
    delete holder[key];
    put({ holder, key: name }, moved);
    return undefined;
  },
  function numberAsText(_document, at) {
    put(at, typeof value(at) === "number" ? String(value(at)) : typeof value(at) === "string" ? 7 : null);
    return undefined;
  },
  function anotherNumber(_document, at, random) {
    const old = value(at);
    if (typeof old !== "number") return undefined;
    const numbers = [-old, old + 1, old - 1, old * 2, old / 3, old * 2 ** 31, 0];
    put(at, numbers[random.integer(numbers.length)]!);
    return undefined;
  },
  function exchange(_document, at, _random, pick) {
    const other = pick();
    const [mine, theirs] = [structuredClone(value(at)), structuredClone(value(other))];
    put(at, theirs);
    put(other, mine);
    return undefined;
  },
  function copy(_document, at, _random, pick) {
    put(at, structuredClone(value(pick())));
    return undefined;
  },
  function wrap(_document, at, random) {
    put(at, random.integer(2) ? [value(at)] : { type: "Sequence", [String(at.key)]: value(at) });
    return undefined;
  },
  /** `{"type": "Sequence", "pretokenizers": [{…}]}` within itself, many times. */
  function nestItself(_document, at, random) {
    const inner = value(at);
    if (typeof inner !== "object" || inner === null) return undefined;
    const [before, after] = JSON.stringify(
      Array.isArray(inner) ? [mark] : { ...inner, [insideKey(inner)]: [mark] },
    ).split(JSON.stringify(mark));
    put(at, mark);
    return nested(before!, after!, 10 ** (1 + random.integer(3)), JSON.stringify(inner));
  },
  function manyTimes(_document, { holder, key }, random) {
    const times = 10 ** (1 + random.integer(3));
    if (Array.isArray(holder)) holder.push(...Array(times).fill(holder[Number(key)]!));
    else for (let i = 0; i < times; i++) holder[`${key}${i}`] = holder[key]!;
    return undefined;
  },
];

const insideKey = (of: object) =>
  Object.entries(of).find(([, inner]) => Array.isArray(inner))?.[0] ?? "pretokenizers";

function damageText(text: string, random: Random): string {
  switch (random.integer(6)) {
    case 0:
      return `\u{feff}${text}`;
    case 1:
      return text.slice(0, random.integer(text.length + 1));
    case 2:
      return text.replace(/":\s*/g, (found) => (random.integer(12) ? found : '": [ '));
    case 3: {
      // A key twice, with another value first or last.
      const pair = /"[^"\\]{1,40}":/g;
      const all = [...text.matchAll(pair)];
      const one = all[random.integer(Math.max(1, all.length))];
      if (!one) return `${text}${text}`;
      const stranger = strangers[random.integer(20)]!(random);
      return `${text.slice(0, one.index)}${one[0]} ${stranger}, ${text.slice(one.index)}`;
    }
    default:
      return damageBytes(Buffer.from(text), random).toString("latin1");
  }
}

/** A JSON document with damaged values, keys, nesting or text. */
export function damageJson(text: string, random: Random): string {
  let document: Json;
  try {
    document = JSON.parse(text) as Json;
    // What was damaged before may be nested too deep to be written.
    JSON.stringify(document);
  } catch {
    return damageText(text, random);
  }
  if (random.integer(5) === 0) return damageText(text, random);
  let raw: string | undefined;
  do {
    const all = spots(document);
    if (all.length === 0) return strangers[random.integer(strangers.length)]!(random);
    // Shallow places come first in the list, and are where a format's own fields are.
    const pick = () => all[Math.floor(all.length * random.next() ** 2)]!;
    raw = kinds[random.integer(kinds.length)]!(document, pick(), random, pick);
  } while (raw === undefined && random.integer(3) === 0);
  const written = JSON.stringify(document);
  return raw === undefined ? written : written.replace(JSON.stringify(mark), () => raw);
}

/** JSON Lines: a line damaged, or lines taken out, repeated, exchanged, joined. */
export function damageJsonLines(text: string, random: Random): string {
  const lines = text.split("\n");
  const at = random.integer(lines.length);
  switch (random.integer(8)) {
    case 0:
      lines.splice(at, 1 + random.integer(3));
      break;
    case 1:
      lines.splice(at, 0, ...Array(10 ** random.integer(4)).fill(lines[at]));
      break;
    case 2:
      [lines[at], lines[0]] = [lines[0]!, lines[at]!];
      break;
    case 3:
      return lines.join(["", "\r\n", "\u2028", "\0"][random.integer(4)]);
    case 4:
      return damageText(text, random);
    default:
      lines[at] = damageJson(lines[at]!, random);
  }
  return lines.join("\n");
}
