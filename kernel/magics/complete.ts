import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { assetPath } from "../../src/assets.ts";
import { embeddedData } from "../../src/data/embedded.ts";
import { builtInMethods } from "../../src/methods/registry.ts";
import type { RunRecord } from "../../src/runs/directory.ts";
import type { Completion } from "../compiler/messages.ts";
import { namesGiven } from "../compiler/session.ts";
import type { Argument } from "./arguments.ts";
import type { Kind, Magic } from "./magic.ts";
import { describeOption, optionName } from "./option.ts";
import { findMagics } from "./parse.ts";
import { magics } from "./table.ts";

type Item = Completion["items"][number];

interface Names {
  has(name: string): boolean;
  madeBy(maker: string): readonly string[];
}

/** Where a magic's words are: the notebook's folder, its session, and the cell itself. */
interface Place {
  readonly directory: string;
  readonly session: Names;
  readonly code: string;
}

/** Completes a magic's name, its options and their values; null where the cursor is in no magic. */
export function completeMagic(
  code: string,
  position: number,
  session: Names,
  directory: string,
): Completion | null {
  // A lone `%` is no magic yet.
  const marked = code[position - 1] === "%" ? `${code.slice(0, position)}a${code.slice(position)}` : code;
  const place = { directory, session, code };
  const found = findMagics(marked, session).find(({ start, read }) => {
    const line = marked.indexOf("\n", Math.max(read.end, start.nameEnd));
    const end = Math.max(read.end, start.nameEnd, line < 0 ? marked.length : line);
    return position > start.at && position <= end;
  });
  if (!found) return null;
  const { start, magic, read } = found;
  if (magic?.line) return completePath(code, start.nameEnd, position, directory);
  if (position <= start.nameEnd) {
    const sign = start.whole ? "%%" : "%";
    const items = [...magics.values()]
      .filter((one) => !one.line || one.name !== "!")
      .filter((one) => !start.whole || one.cell)
      .map(({ name, help }) => ({ text: `${sign}${name}`, type: "magic", help }));
    return answer(start.at, position, items, code.slice(start.at, position));
  }
  if (!magic) return { start: position, end: position, items: [] };
  const at = read.arguments.find((one) => position >= one.start && position <= one.end);
  // TypeScript completes what stands between `{` and `}`.
  if (at?.expression && position >= at.expression.start && position <= at.expression.end) return null;
  // In `--key` nothing is a value yet.
  const keyEnd = at?.key ? at.start + (at.dashed ? 2 : 0) + at.key.length : position;
  if (at?.key && position > keyEnd) return completeValue(magic, at, code, position, place);
  const from = at?.start ?? position;
  const items: Item[] = magic.word
    ? words(magic.word.kind, magic.word.values, code.slice(from, position), place)
    : [];
  for (const [name, option] of Object.entries(magic.options)) {
    const flag = option.type === "boolean" && option.path === undefined;
    const given = read.arguments.some(
      (one) => one !== at && one.key !== null && optionName(magic, one.key) === name,
    );
    if (!given)
      items.push({ text: flag ? name : `${name}=`, type: "option", help: describeOption(name, option) });
    for (const alias of given ? [] : (option.aliases ?? []))
      items.push({ text: `${alias}=`, type: "option", help: describeOption(name, option) });
  }
  const dashes = code.startsWith("--", from) ? "--" : "";
  return answer(
    from,
    position,
    dashes ? items.map((item) => ({ ...item, text: `--${item.text.replace("=", " ")}` })) : items,
    code.slice(from, position),
  );
}

/** A command's word at the cursor, as a path. */
function completePath(code: string, from: number, position: number, directory: string): Completion {
  const typed = /\S*$/.exec(code.slice(from, position))![0];
  return answer(position - typed.length, position, files(typed, directory), typed);
}

function completeValue(magic: Magic, at: Argument, code: string, position: number, place: Place): Completion {
  const name = optionName(magic, at.key!);
  if (!name) return { start: position, end: position, items: [] };
  const option = magic.options[name]!;
  // Of several with commas between, the last.
  const several = option.type === "words" || option.kind === "run";
  const before = code.slice(at.valueStart, position);
  const from = at.valueStart + (several ? before.lastIndexOf(",") + 1 : 0);
  const typed = code.slice(from, position);
  const items = words(option.kind, option.values, typed, place);
  if (option.type === "boolean") items.push(...["true", "false"].map((text) => ({ text, type: "value" })));
  if (option.nullable) items.push({ text: "none", type: "value" });
  const example = option.default ?? (option.type === "number" ? option.minimum : undefined);
  if (items.length === 0 && example !== undefined) {
    items.push({ text: String(example), type: "value", help: describeOption(name, option) });
  }
  return answer(from, position, items, typed);
}

function answer(start: number, end: number, items: readonly Item[], typed: string): Completion {
  const lower = typed.toLowerCase();
  return { start, end, items: items.filter(({ text }) => text.toLowerCase().startsWith(lower)) };
}

function words(
  kind: Kind | undefined,
  values: readonly string[] | undefined,
  typed: string,
  { directory, session, code }: Place,
): Item[] {
  const made = (maker: string) => new Set([...session.madeBy(maker), ...namesGiven(maker, code)]);
  const named = (list: Iterable<string>, type: string) => [...list].map((text) => ({ text, type }));
  const items: Item[] = named(values ?? [], "value");
  if (kind === "magic") items.push(...named(magics.keys(), "magic"));
  if (kind === "method") items.push(...named([...made("defineMethod"), ...builtInMethods.keys()], "method"));
  if (kind === "objective") items.push(...named(made("defineObjective"), "objective"));
  if (kind === "model")
    items.push(
      ...named(["toy:conflict", "toy:as-printed", ...embeddedModels()], "model"),
      ...files(typed, directory),
    );
  if (kind === "data") items.push(...named(Object.keys(embeddedData), "data"), ...files(typed, directory));
  if (kind === "file") items.push(...files(typed, directory));
  if (kind === "run") items.push(...runIds(directory));
  return items;
}

function embeddedModels(): string[] {
  return list(assetPath("models"))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

function runIds(directory: string): Item[] {
  return list(join(directory, "runs"))
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: id }) => {
      const name = runName(join(directory, "runs", id));
      const named = name && !/[\s,]/.test(name) ? [{ text: name, type: "run", help: `run ${id}` }] : [];
      return [{ text: id, type: "run", ...(name && { help: name }) }, ...named];
    });
}

/** The name that a run was given, or null. */
function runName(folder: string): string | null {
  try {
    const record = JSON.parse(readFileSync(join(folder, "run.json"), "utf8")) as RunRecord;
    return record.specification.name;
  } catch {
    return null;
  }
}

/** Files and folders below the folder that is typed so far. */
function files(typed: string, directory: string): Item[] {
  const folder = typed.slice(0, typed.lastIndexOf("/") + 1);
  return list(join(directory, folder))
    .filter((entry) => !entry.name.startsWith("."))
    .map((entry) => ({ text: `${folder}${entry.name}${entry.isDirectory() ? "/" : ""}`, type: "file" }));
}

function list(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
