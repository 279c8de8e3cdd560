import ts from "#typescript";
import { inspectMagic } from "../magics/inspect.ts";
import { parseMagics } from "../magics/parse.ts";
import { documentCall, documentName } from "./documentation.ts";
import type { Inspection } from "./messages.ts";
import type { Service } from "./service.ts";
import type { Session } from "./session.ts";

/** The type and documentation of the name at the cursor, or the signature of the call that the cursor is in. */
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
  const onName = [code[position - 1], code[position]].some((char) => /[\p{ID_Continue}$]/u.test(char ?? ""));
  const call = onName ? null : signature(service, module.file, position);
  if (call) return call;
  for (const one of [position, position - 1]) if (one >= 0) documentName(language, module.file, one);
  // A cursor right after a name means the name.
  const at = [position, position - 1].find(
    (one) => one >= 0 && language.getQuickInfoAtPosition(module.file, one),
  );
  const info = at === undefined ? undefined : quickInfo(service, module.file, at);
  // What can't be resolved is of type any, and nothing is known of it.
  if (!info || ts.displayPartsToString(info.displayParts) === "any")
    return { found: false, text: "", markdown: "" };
  const declared = ts.displayPartsToString(info.displayParts).replace(/^\(alias\) /, "");
  const documentation = ts.displayPartsToString(info.documentation);
  const tags = (info.tags ?? []).map((tag) => `@${tag.name} ${ts.displayPartsToString(tag.text)}`);
  const definition = detail > 0 ? source(service, module.file, at!) : "";
  const parts = [documentation, ...tags].filter((part) => part !== "");
  return {
    found: true,
    text: [declared, ...parts, definition].filter((part) => part !== "").join("\n\n"),
    markdown: [
      `\`\`\`typescript\n${declared}\n\`\`\``,
      ...parts,
      definition && `\`\`\`typescript\n${definition}\n\`\`\``,
    ]
      .filter((part) => part !== "")
      .join("\n\n"),
  };
}

/** `twice(n: number): number`, its documentation, and the parameter that the cursor is at. */
function signature({ language }: Service, file: string, position: number): Inspection | null {
  documentCall(language, file, position);
  const help = language.getSignatureHelpItems(file, position, undefined);
  const item = help?.items[help.selectedItemIndex];
  if (!help || !item) return null;
  const text = ts.displayPartsToString;
  const parameters = item.parameters.map(({ displayParts }) => text(displayParts));
  const line = `${text(item.prefixDisplayParts)}${parameters.join(text(item.separatorDisplayParts))}${text(item.suffixDisplayParts)}`;
  const at = item.parameters[help.argumentIndex];
  const name = parameters[help.argumentIndex] ?? "";
  const said = at ? text(at.documentation) : "";
  const others = help.items.length - 1;
  const parts = [
    text(item.documentation),
    others > 0 ? `and ${others} more overload${others > 1 ? "s" : ""}` : "",
  ].filter((part) => part !== "");
  const argument = (shown: string) => (at ? [`${shown}${said && `: ${said}`}`] : []);
  return {
    found: true,
    text: [line, ...argument(`here: ${name}`), ...parts].join("\n\n"),
    markdown: [`\`\`\`typescript\n${line}\n\`\`\``, ...argument(`here: \`${name}\``), ...parts].join("\n\n"),
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
