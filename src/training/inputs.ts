import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { assetPath } from "../assets.ts";
import { embeddedData } from "../data/embedded.ts";
import { mayBeData } from "../data/paths.ts";
import { isHubName } from "../hub/index.ts";
import { toyPresets } from "../models/toy.ts";
import { didYouMean, SpecificationError } from "../runs/error.ts";
import type { Specification } from "../runs/specification.ts";
import { checkTemplate } from "../text/template.ts";
import { checkHubName } from "./hub-names.ts";

/**
 * Whether a specification's model and data are there at all, and its template has its place for the prompt, so that a
 * wrong name is an error before anything starts.
 * @throws SpecificationError naming the key, what was looked for and where
 */
export function checkInputs({ model, data, template, reference }: Specification, where: string): void {
  if (model.startsWith("toy:")) {
    const toys = Object.keys(toyPresets).map((preset) => `toy:${preset}`);
    if (!toys.includes(model)) missing(`${where}: model`, model, "toy", toys);
    return;
  }
  checkTemplate(template);
  const models = embeddedModels();
  if (isHubName(model)) checkHubName(model, "model", `${where}: model`);
  else if (!isThere(model, models))
    missing(`${where}: model`, model, "directory and no embedded model", models);
  for (const [key, name] of Object.entries(data)) {
    const sets = Object.keys(embeddedData).filter((set) => embeddedData[set]!.for === key);
    if (name !== undefined && isHubName(name)) checkHubName(name, "dataset", `${where}: data.${key}`);
    else if (name !== undefined && !isThere(name, Object.keys(embeddedData)) && !mayBeData(name))
      missing(`${where}: data.${key}`, name, "file and no embedded data set", sets);
  }
  if (typeof reference === "string" && isHubName(reference))
    checkHubName(reference, "model", `${where}: reference`);
}

function isThere(name: string, embedded: readonly string[]): boolean {
  return embedded.includes(name) || existsSync(resolve(name));
}

function missing(key: string, name: string, what: string, known: readonly string[]): never {
  const looked = name.startsWith("toy:") ? "" : ` (looked for ${resolve(name)})`;
  const list = known.length > 0 ? ` (known: ${known.join(", ")})` : "";
  throw new SpecificationError(
    `${key}: no ${what} is called ${JSON.stringify(name)}${looked}${didYouMean(name, known)}${list}`,
  );
}

function embeddedModels(): string[] {
  const place = assetPath("models");
  if (!existsSync(place)) return [];
  return readdirSync(place).filter((name) => existsSync(join(place, name, "config.json")));
}
