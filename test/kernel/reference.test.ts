import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { withReference } from "../../kernel/magics/reference.ts";
import { specificationOptions } from "../../kernel/magics/specification-options.ts";
import { magics } from "../../kernel/magics/table.ts";
import { specificationSchema } from "../../src/runs/schema.ts";

it("the README's reference is the table's", () => {
  const page = readFileSync(fileURLToPath(new URL("../../kernel/README.md", import.meta.url)), "utf8");
  expect(withReference(page, magics.values())).toBe(page);
});

it("every option of the specification that a magic sets exists there", () => {
  const find = (schema: any, path: readonly string[]): any => {
    const [key, ...rest] = path;
    if (key === undefined) return schema;
    const options = [schema, ...(schema?.anyOf ?? []), ...(schema?.oneOf ?? [])];
    const next = options.map((one) => one?.properties?.[key]).find((one) => one !== undefined);
    return next === undefined ? undefined : find(next, rest);
  };
  const schema =
    typeof specificationSchema === "function"
      ? (specificationSchema as () => unknown)()
      : specificationSchema;
  for (const { path } of Object.values(specificationOptions)) {
    expect(find(schema, path.split(".")), path).toBeDefined();
  }
});
