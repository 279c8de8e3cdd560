import ts from "typescript";
import { inspectMagic } from "../magics/inspect.ts";
import { parseMagics } from "../magics/parse.ts";
import type { Inspection } from "./messages.ts";
import type { Service } from "./service.ts";
import type { Session } from "./session.ts";

/** The type and documentation of what stands at the cursor. */
export function inspect(
  service: Service,
  session: Session,
  code: string,
  position: number,
  detail: number,
): Inspection {
  const magic = inspectMagic(code, position, session);
  if (magic) return magic;
  const { blanked, calls } = parseMagics(code, session, true);
  const module = session.module(blanked, calls, true);
  service.program();
  const { language } = service;
  // A cursor right after a name means the name.
  const at = [position, position - 1].find(
    (one) => one >= 0 && language.getQuickInfoAtPosition(module.file, one),
  );
  const info = at === undefined ? undefined : quickInfo(service, module.file, at);
  // What can't be resolved is of type any, and nothing is known of it.
  if (!info || ts.displayPartsToString(info.displayParts) === "any")
    return { found: false, text: "", markdown: "" };
  const signature = ts.displayPartsToString(info.displayParts).replace(/^\(alias\) /, "");
  const documentation = ts.displayPartsToString(info.documentation);
  const tags = (info.tags ?? []).map((tag) => `@${tag.name} ${ts.displayPartsToString(tag.text)}`);
  const definition = detail > 0 ? source(service, module.file, at!) : "";
  const parts = [documentation, ...tags].filter((part) => part !== "");
  return {
    found: true,
    text: [signature, ...parts, definition].filter((part) => part !== "").join("\n\n"),
    markdown: [
      `\`\`\`typescript\n${signature}\n\`\`\``,
      ...parts,
      definition && `\`\`\`typescript\n${definition}\n\`\`\``,
    ]
      .filter((part) => part !== "")
      .join("\n\n"),
  };
}

/** What is said of a name; of one that an earlier cell or a package made, what is said there. */
function quickInfo({ language }: Service, file: string, position: number): ts.QuickInfo | undefined {
  const info = language.getQuickInfoAtPosition(file, position);
  if (!info || !ts.displayPartsToString(info.displayParts).startsWith("(alias)")) return info;
  const definition = language.getDefinitionAtPosition(file, position)?.[0];
  const there = definition && language.getQuickInfoAtPosition(definition.fileName, definition.textSpan.start);
  return there ?? info;
}

/** The text of the definition, where a cell made it. */
function source(service: Service, file: string, position: number): string {
  const definition = service.language.getDefinitionAtPosition(file, position)?.[0];
  const text = definition && service.text(definition.fileName);
  if (!text || !definition.contextSpan) return "";
  const { start, length } = definition.contextSpan;
  return text.slice(start, start + length);
}
