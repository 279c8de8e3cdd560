import { findSourceMap, SourceMap } from "node:module";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import type { CompiledCell, ErrorContent } from "./messages.ts";

/** Cells that have run, by id: what maps their frames back to the text. */
const cells = new Map<number, { label: string; lines: number; map: () => SourceMap }>();
const FRAME = /alright-cell:(\d+):(\d+):(\d+)/;
/** A file beside the notebook, as typescript-loader.ts names it. */
const BESIDE = /(file:[^\s()]+)\?changed=[\d.]+:(\d+):(\d+)/;

export function rememberCell({ id, label, code, map: text }: CompiledCell): void {
  let map: SourceMap | null = null;
  cells.set(id, {
    label,
    // One line before the cell's own and one after are the kernel's.
    lines: code.split("\n").length - 2,
    map: () => (map ??= new SourceMap(JSON.parse(text))),
  });
}

/** The file name that V8 knows a cell by. */
export function cellFile(id: number): string {
  return `alright-cell:${id}`;
}

/** Turns whatever was thrown into an `error` message: frames in cell lines, none of the kernel's own. */
export function errorContent(thrown: unknown): ErrorContent {
  if (!(thrown instanceof Error) && !isErrorLike(thrown)) {
    const evalue = inspect(thrown);
    return { ename: "Thrown", evalue, traceback: [`Thrown: ${evalue}`] };
  }
  const error = thrown as Error;
  const ename = error.name || "Error";
  const evalue = readable(String(error.message));
  const traceback = [evalue ? `${ename}: ${evalue}` : ename, ...frames(error)];
  for (let cause = error.cause, depth = 0; cause !== undefined && depth < 5; depth++) {
    const inner = cause as Error;
    traceback.push(
      `caused by ${inner instanceof Error ? `${inner.name}: ${inner.message}` : inspect(cause)}`,
    );
    if (inner instanceof Error) traceback.push(...frames(inner));
    cause = inner instanceof Error ? inner.cause : undefined;
  }
  return { ename, evalue, traceback };
}

function isErrorLike(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object Error]";
}

/** Compiled cells reach variables through boxes; messages name the variable. */
function readable(message: string): string {
  return message.replace(/\(0\s*,\s*__box_([^\s.]+)\.v\)/g, "$1").replace(/__box_([^\s.]+)\.v/g, "$1");
}

function frames(error: Error): string[] {
  return cellFrames(
    String(error.stack ?? "")
      .split("\n")
      .filter((line) => /^\s+at /.test(line)),
  );
}

/** Frames in cell lines; the kernel's own and Node's are left out. */
function cellFrames(lines: readonly string[]): string[] {
  const frames: string[] = [];
  for (const line of lines) {
    const match = FRAME.exec(line);
    if (match) {
      if (Number(match[2]) > (cells.get(Number(match[1]))?.lines ?? Number.POSITIVE_INFINITY)) continue;
      const place = locate(Number(match[1]), Number(match[2]), Number(match[3]));
      const name = /^\s+at (?:async )?(?!alright-cell)(\S+(?: \[as \S+\])?) \(/.exec(line)?.[1];
      frames.push(name && name !== "eval" ? `    at ${readable(name)} (${place})` : `    at ${place}`);
    } else if (!/\bnode:|[\\/]dist[\\/](kernel|src)[\\/]/.test(line)) {
      frames.push(line.replace(BESIDE, fileFrame));
    }
  }
  return frames;
}

/** `fit.ts:3:7`: a place in a file beside the notebook, in the lines of its own text. */
function fileFrame(frame: string, url: string, line: string, column: string): string {
  const file = relative(process.cwd(), fileURLToPath(url));
  const map = findSourceMap(frame.slice(0, -`:${line}:${column}`.length));
  const entry = map?.findEntry(Number(line) - 1, Number(column) - 1) as MapEntry | undefined;
  return entry?.originalLine === undefined
    ? `${file}:${line}:${column}`
    : `${file}:${entry.originalLine + 1}:${(entry.originalColumn ?? 0) + 1}`;
}

interface MapEntry {
  readonly originalLine?: number;
  readonly originalColumn?: number;
}

/** Makes `error.stack` speak of cell lines, also where a cell prints or shows an error itself. */
export function mapStacks(): void {
  Error.prepareStackTrace = (error, calls) => {
    const lines = calls.map((call) => `    at ${call}`);
    const ofCell = lines.some((line) => FRAME.test(line));
    let header = "Error";
    try {
      header = Error.prototype.toString.call(error);
    } catch {}
    return [header, ...(ofCell ? cellFrames(lines) : lines)].join("\n");
  };
}

function locate(id: number, line: number, column: number): string {
  const cell = cells.get(id);
  if (!cell) return `cell:${line}:${column}`;
  const entry = cell.map().findEntry(line - 1, column - 1) as MapEntry;
  if (entry.originalLine === undefined) return cell.label;
  return `${cell.label}:${entry.originalLine + 1}:${(entry.originalColumn ?? 0) + 1}`;
}
