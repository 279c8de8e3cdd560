// The reference pages that are written from the code: magics, command line, specification, events.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask, root } from "../steps.mjs";
import { eventsPage } from "./events.mjs";
import { specificationPage } from "./specification.mjs";

/** Writes docs/reference/*.md. */
export async function reference(place) {
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "magics.md"), await magicsPage());
  writeFileSync(join(place, "command-line.md"), commandLinePage());
  writeFileSync(join(place, "specification.md"), await specificationPage());
  writeFileSync(join(place, "events.md"), eventsPage());
}

async function magicsPage() {
  const [{ withReference }, { magics }] = await Promise.all([
    import("../../dist/kernel/magics/reference.js"),
    import("../../dist/kernel/magics/table.js"),
  ]);
  const frame = [
    "# Magics",
    "Written from the kernel's own table (`kernel/magics/table.ts`), as `%help`, completion and validation are.",
    "`λ=0.5`, `lambda=0.5` and `--lambda 0.5` are one option; `λ={best.lambda}` takes a TypeScript expression. `const run = %alright λ=0.5` keeps the value.",
    "<!-- magics: written from kernel/magics/table.ts -->",
    "<!-- end of magics -->",
  ].join("\n\n");
  // "### `%model [NAME]`": a page of its own has them one level up.
  return withReference(frame, magics.values()).replace(/^### /gm, "## ");
}

/** What the command itself says of itself. */
function commandLinePage() {
  const says = (...args) => {
    const { ok, output } = ask(process.execPath, [join(root, "dist/src/cli/main.js"), ...args]);
    if (!ok) throw new Error(`alright ${args.join(" ")} failed: ${output}`);
    return output;
  };
  const usage = says("--help");
  const commands = [...usage.matchAll(/^ {2}(\w+) {2,}(\S.*)$/gm)];
  return [
    "# Command line",
    "What `npx alright --help` and `npx alright COMMAND --help` say.",
    `\`\`\`text\n${usage}\n\`\`\``,
    ...commands.map(
      ([, name, summary]) =>
        `## alright ${name}\n\n${summary[0].toUpperCase()}${summary.slice(1)}.\n\n\`\`\`text\n${says(name, "--help")}\n\`\`\``,
    ),
    "",
  ].join("\n\n");
}
