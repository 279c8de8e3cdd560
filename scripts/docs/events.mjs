import ts from "typescript";
import { cell, code, commentOf, parsed } from "./source.mjs";

/** `events.jsonl` as a page, from the types and comments of src/runs/events.ts. */
export function eventsPage() {
  const source = parsed("src/runs/events.ts");
  const interfaces = source.statements.filter(ts.isInterfaceDeclaration);
  const base = interfaces.find(({ name }) => name.text === "Base");
  const events = interfaces.flatMap((one) => {
    const type = one.members.find((member) => member.name.getText() === "type");
    return type ? [{ one, type: type.type.getText().replaceAll('"', "") }] : [];
  });
  const named = interfaces.filter((one) => one !== base && !events.some((event) => event.one === one));
  return [
    "# Events",
    `${commentOf(base)} Written from \`src/runs/events.ts\`. \`readEvents(file)\` reads them in a script; \`alright train --json\` prints them as they come.`,
    "Every event has",
    members(base),
    ...events.flatMap(({ one, type }) => [`## ${type}`, commentOf(one), members(one)]),
    ...named.flatMap((one) => [`## ${one.name.text}`, commentOf(one), members(one)]),
    "",
  ]
    .filter((part, i, all) => part !== "" || i === all.length - 1)
    .join("\n\n");
}

function members({ members: all }) {
  const rows = all
    .filter((member) => member.name.getText() !== "type")
    .map((member) => {
      const optional = member.questionToken ? " (not always)" : "";
      return `| \`${member.name.getText()}\` | ${code(member.type.getText())} | ${cell(commentOf(member))}${optional} |`;
    });
  return rows.length === 0 ? "" : ["| key | type | |", "| --- | --- | --- |", ...rows].join("\n");
}
