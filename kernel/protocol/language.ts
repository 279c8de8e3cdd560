import type { Compiler } from "../compiler/client.ts";
import type { Content } from "./message.ts";

/** Protocol cursor positions count code points; TypeScript's count UTF-16 units. */
function toUnits(text: string, points: number): number {
  let units = 0;
  for (let i = 0; i < points && units < text.length; i++) units += text.codePointAt(units)! > 0xffff ? 2 : 1;
  return units;
}

function toPoints(text: string, units: number): number {
  let points = 0;
  for (let at = 0; at < units && at < text.length; points++) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return points;
}

function cursor(content: Content): { code: string; position: number } {
  const code = String(content.code ?? "");
  const points = Number.isInteger(content.cursor_pos)
    ? (content.cursor_pos as number)
    : Number.POSITIVE_INFINITY;
  return { code, position: toUnits(code, points) };
}

export async function completeReply(compiler: Compiler, content: Content): Promise<Content> {
  const { code, position } = cursor(content);
  const { start, end, items } = await compiler.ask({ kind: "complete", code, position });
  const span = { start: toPoints(code, start), end: toPoints(code, end) };
  return {
    status: "ok",
    matches: items.map((item) => item.text),
    cursor_start: span.start,
    cursor_end: span.end,
    metadata: {
      _jupyter_types_experimental: items.map((item) => ({
        text: item.text,
        type: item.type,
        signature: item.help,
        ...span,
      })),
    },
  };
}

export async function inspectReply(compiler: Compiler, content: Content): Promise<Content> {
  const { code, position } = cursor(content);
  const detail = content.detail_level === 1 ? 1 : 0;
  const { found, text, markdown } = await compiler.ask({ kind: "inspect", code, position, detail });
  const data = found ? { "text/plain": text, "text/markdown": markdown } : {};
  return { status: "ok", found, data, metadata: {} };
}

export async function isCompleteReply(compiler: Compiler, content: Content): Promise<Content> {
  const { status, indent } = await compiler.ask({ kind: "isComplete", code: String(content.code ?? "") });
  return status === "incomplete" ? { status, indent } : { status };
}
