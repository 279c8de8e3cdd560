import { type Magic, type MagicOption, written } from "./magic.ts";
import { describeOption } from "./option.ts";

/** How a magic is written: `%model NAME`. */
function usage(magic: Magic): string {
  const { word, options } = magic;
  const sign = written(magic);
  const space = sign === "!" ? "" : " ";
  const words = word
    ? `${space}${word.optional ? `[${word.name.toUpperCase()}]` : word.name.toUpperCase()}`
    : "";
  return `${sign}${words}${Object.keys(options).length > 0 ? " [option=value …]" : ""}`;
}

/** One magic's page, in Markdown: use, options, examples. */
export function describeMagic(magic: Magic): string {
  const options = Object.entries(magic.options).map(([name, option]) => `- ${optionLine(name, option)}`);
  return [
    `**\`${usage(magic)}\`** — ${magic.help}`,
    ...(magic.value ? [`Value: \`${magic.value.replace(/import\("alright-ts"\)\./g, "")}\`.`] : []),
    ...(options.length > 0 ? [options.join("\n")] : []),
    `Examples:\n\n${magic.examples.map((example) => `    ${example}`).join("\n")}`,
  ].join("\n\n");
}

const BEGIN = "<!-- magics: written from kernel/magics/table.ts -->";
const END = "<!-- end of magics -->";

/** A page with the reference of all magics between its two marks. */
export function withReference(page: string, magics: Iterable<Magic>): string {
  const begin = page.indexOf(BEGIN) + BEGIN.length;
  const end = page.indexOf(END);
  return `${page.slice(0, begin)}\n\n${reference(magics)}\n\n${page.slice(end)}`;
}

/** Options that several magics share are listed once. */
function reference(magics: Iterable<Magic>): string {
  const pages: string[] = [];
  const shared = new Map<MagicOption, string>();
  for (const magic of magics) {
    const own = Object.entries(magic.options).filter(([, option]) => !shared.has(option));
    const again = Object.keys(magic.options).length - own.length;
    for (const [name, option] of own) shared.set(option, name);
    const lines = own.map(([name, option]) => `- ${optionLine(name, option)}`);
    if (again > 0) lines.push(`- and ${again} options that are listed above`);
    pages.push(
      [
        `### \`${usage(magic)}\``,
        `${magic.help[0]!.toUpperCase()}${magic.help.slice(1)}.`,
        ...(lines.length > 0 ? [lines.join("\n")] : []),
        `\`\`\`\n${magic.examples.join("\n")}\n\`\`\``,
      ].join("\n\n"),
    );
  }
  return pages.join("\n\n");
}

function optionLine(name: string, option: MagicOption): string {
  return `\`${describeOption(name, option).replace(": ", "`: ")}`;
}
