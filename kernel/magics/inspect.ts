import type { Inspection } from "../compiler/messages.ts";
import { describeOption, optionName } from "./option.ts";
import { findMagics } from "./parse.ts";
import { describeMagic } from "./reference.ts";

interface Names {
  has(name: string): boolean;
}

/** What the magic, or the option, at the cursor does; null where the cursor is in no magic. */
export function inspectMagic(code: string, position: number, session: Names): Inspection | null {
  for (const { start, magic, read } of findMagics(code, session)) {
    if (position < start.at || position > Math.max(read.end, start.nameEnd)) continue;
    if (!magic) return { found: false, text: "", markdown: "" };
    const at = read.arguments.find((one) => position >= one.start && position <= one.end);
    if (at?.expression && position > at.expression.start && position <= at.expression.end) return null;
    const name = at && !magic.line && optionName(magic, at.key ?? at.text ?? "");
    const markdown = name ? describeOption(name, magic.options[name]!) : describeMagic(magic);
    return { found: true, text: markdown.replace(/[`*]/g, ""), markdown };
  }
  return null;
}
