import ts from "typescript";
import { cell, code, commentOf, parsed } from "./source.mjs";

/**
 * The specification as a page: keys, types, ranges and defaults from its schema, words from the magics' options and the schema's comments;
 * options of methods and losses from their tables.
 */
export async function specificationPage() {
  const [{ specificationSchema }, { specificationOptions }, { builtInMethods, builtInLosses }] =
    await Promise.all([
      import("../../dist/src/runs/schema.js"),
      import("../../dist/kernel/magics/specification-options.js"),
      import("../../dist/src/index.js"),
    ]);
  const { magics } = await import("../../dist/kernel/magics/table.js");
  const specificationText = comments();
  const help = new Map(Object.values(specificationOptions).map(({ path, help }) => [path, help]));
  for (const [name, option] of Object.entries(magics.get("lora").options))
    help.set(`lora.${name}`, option.help);
  const rows = keysOf(specificationSchema()).map(
    ({ path, type, standard }) =>
      `| \`${path}\` | ${code(type)} | ${code(standard)} | ${cell(specificationText.get(path) || help.get(path) || "")} |`,
  );
  return [
    "# Specification",
    "What `train()` takes, what magics build, and what `run.json` records whole. Only `model`, `data` and `method` are required. A key that is not known is an error that names the nearest one. `alright train … --dry-run` prints a whole specification. Written from the schema in `src/runs/specification.ts`.",
    ["| key | type | default | |", "| --- | --- | --- | --- |", ...rows].join("\n"),
    "## Methods",
    "`method.name` is one of these, or one that you define; its options stand beside the name.",
    ...[...builtInMethods.values()].map((method) => optionsOf(method.name, method.options)),
    "## Losses of the preferences",
    "`objectives.dpo.loss` is one of these, or one that you define; its options stand beside it.",
    ...builtInLosses.dpo.map((loss) => optionsOf(loss.name, loss.options)),
    "## Losses of the instructions",
    ...builtInLosses.sft.map((loss) => optionsOf(loss.name, loss.options)),
    "",
  ].join("\n\n");
}

function optionsOf(name, options) {
  const rows = Object.entries(options).map(
    ([option, { type, default: standard, minimum, maximum, above, below, help }]) => {
      const range = [
        minimum === undefined ? "" : `≥ ${minimum}`,
        above === undefined ? "" : `> ${above}`,
        maximum === undefined ? "" : `≤ ${maximum}`,
        below === undefined ? "" : `< ${below}`,
      ].filter(Boolean);
      return `| \`${option}\` | ${code([type, ...range].join(" "))} | ${code(standard === undefined ? "" : JSON.stringify(standard))} | ${cell(help ?? "")} |`;
    },
  );
  const table =
    rows.length === 0
      ? "No options."
      : ["| option | type | default | |", "| --- | --- | --- | --- |", ...rows].join("\n");
  return `### ${name}\n\n${table}`;
}

/** A JSON schema's leaves, with their path. */
function keysOf(schema, path = "") {
  if (path !== "" && !schema.properties) {
    // `lora` and `stop` may be null: their keys are listed beside that.
    const tree =
      path !== "reference" && path !== "ideal" && (schema.anyOf ?? []).find((one) => one.properties);
    const own = { path, type: tree ? "object | null" : typeOf(schema), standard: standardOf(schema) };
    return tree ? [own, ...keysOf(tree, path)] : [own];
  }
  return Object.entries(schema.properties).flatMap(([key, one]) =>
    keysOf(one, path === "" ? key : `${path}.${key}`),
  );
}

const standardOf = ({ default: standard }) =>
  standard === undefined || (typeof standard === "object" && standard !== null && !Array.isArray(standard))
    ? ""
    : JSON.stringify(standard);

function typeOf(schema) {
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" | ");
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.prefixItems) return `[${schema.prefixItems.map(typeOf).join(", ")}]`;
  if (schema.type === "array") return `${typeOf(schema.items)}[]`;
  if (schema.type === "object")
    return schema.properties
      ? `{ ${Object.entries(schema.properties)
          .map(([key, one]) => `${key}: ${typeOf(one)}`)
          .join(", ")} }`
      : "object";
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const large = (bound) => Math.abs(bound) >= Number.MAX_SAFE_INTEGER;
  const range = [
    minimum === undefined || large(minimum) ? "" : `≥ ${minimum}`,
    exclusiveMinimum === undefined || large(exclusiveMinimum) ? "" : `> ${exclusiveMinimum}`,
    maximum === undefined || large(maximum) ? "" : `≤ ${maximum}`,
    exclusiveMaximum === undefined || large(exclusiveMaximum) ? "" : `< ${exclusiveMaximum}`,
  ].filter(Boolean);
  return [schema.type ?? "any", ...range].join(" ");
}

/** Doc comments of the schema's source by path: `lora.targets`, `optimizer.clip`. */
function comments() {
  const found = new Map();
  const source = parsed("src/runs/specification.ts");
  const tables = new Map();
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations)
      tables.set(name.getText(), initializer);
  }
  const visit = (node, path) => {
    if (ts.isPropertyAssignment(node)) {
      const own = path === "" ? node.name.getText() : `${path}.${node.name.getText()}`;
      const text = commentOf(node);
      if (text !== "") found.set(own, text);
      return visit(node.initializer, own);
    }
    if (ts.isIdentifier(node) && tables.has(node.text) && path !== "")
      return visit(tables.get(node.text), path);
    ts.forEachChild(node, (child) => visit(child, path));
  };
  visit(tables.get("Specification"), "");
  return found;
}
