import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { LoraOptions } from "../engine/learner.ts";
import { isHubName, parseHubName } from "../hub/index.ts";
import { shown } from "../shown.ts";
import type { Parameter } from "../tensor/parameter.ts";
import type { TensorData } from "./checkpoint.ts";
import { CheckpointError } from "./error.ts";
import { readJsonObject, writeJson } from "./json.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";

const configFile = "adapter_config.json";
const weightsFile = "adapter_model.safetensors";
/** What PEFT can add to LoRA and is not supported here. */
const unsupported = [
  "use_dora",
  "lora_bias",
  "rank_pattern",
  "alpha_pattern",
  "modules_to_save",
  "layer_replication",
  "target_parameters",
  "alora_invocation_tokens",
];

/** What leaves out some of the layers that `target_modules` names: then the tensors say which there are. */
const narrowing = ["exclude_modules", "layers_to_transform", "layers_pattern"];

/** A LoRA adapter of a PEFT directory. */
export interface Adapter {
  readonly lora: LoraOptions;
  /** The model that it was trained on, as its config names it. */
  readonly base: string | null;
  /** `base_model.model.….lora_A.weight` [rank, in] and `….lora_B.weight` [out, rank]. */
  readonly tensors: ReadonlyMap<string, TensorData>;
}

/**
 * Writes an adapter as PEFT does: `adapter_config.json` and `adapter_model.safetensors` (F32). The parameters already
 * have PEFT's names (`base_model.model.gpt_neox.layers.0.attention.query_key_value.lora_A.weight`).
 *
 * @param options.sync false: the caller syncs the files itself
 */
export async function saveAdapter(
  directory: string,
  parameters: readonly Parameter[],
  options: { lora: LoraOptions; base: string; sync?: boolean },
): Promise<void> {
  const tensors = new Map<string, TensorData>();
  for (const { name, shape, data } of parameters) {
    if (!/^base_model\.model\..+\.lora_[AB]\.weight$/.test(name))
      throw new CheckpointError(
        `${join(directory, weightsFile)}: "${name}" is not PEFT's name of an adapter tensor (base_model.model.….lora_A.weight)`,
      );
    tensors.set(name, { shape, data: data instanceof Float32Array ? data : Float32Array.from(data) });
  }
  const { rank, alpha, targets, dropout, rslora = false } = options.lora;
  const { sync = true } = options;
  await mkdir(directory, { recursive: true });
  const config = {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    ...baseOf(options.base),
    r: rank,
    lora_alpha: alpha,
    lora_dropout: dropout,
    target_modules: isPlainList(targets) ? targets : modulesOf(tensors.keys()),
    bias: "none",
    fan_in_fan_out: false,
    init_lora_weights: true,
    inference_mode: true,
    modules_to_save: null,
    use_dora: false,
    use_rslora: rslora,
  };
  await writeJson(join(directory, configFile), config, { sync });
  await writeSafetensors(join(directory, weightsFile), tensors, { sync });
}

/**
 * Reads a PEFT LoRA directory.
 *
 * @throws CheckpointError where a file is missing or damaged, or the adapter is of a kind that is not supported
 */
export async function loadAdapter(directory: string): Promise<Adapter> {
  const file = join(directory, configFile);
  const config = await readJsonObject(file);
  const fail = (why: string): never => {
    throw new CheckpointError(`${file}: ${why}`);
  };
  if (config.peft_type !== "LORA") fail(`peft_type ${shown(config.peft_type)}; only "LORA" is supported`);
  for (const key of unsupported)
    if (isSet(config[key])) fail(`"${key}" is set; plain LORA alone is supported`);
  if (config.bias !== undefined && config.bias !== "none")
    fail(`bias ${shown(config.bias)}; expected "none"`);
  const { r: rank, lora_alpha: alpha, target_modules: targets, lora_dropout: dropout = 0 } = config;
  if (!Number.isInteger(rank) || (rank as number) < 1)
    fail(`"r" is ${shown(rank)}; expected a positive integer`);
  if (typeof alpha !== "number" || !(alpha > 0))
    fail(`"lora_alpha" is ${shown(alpha)}; expected a positive number`);
  if (typeof dropout !== "number" || !(dropout >= 0 && dropout < 1))
    fail(`"lora_dropout" is ${shown(dropout)}; expected a number in [0, 1)`);
  if (!(typeof targets === "string" && targets) && !(isStringList(targets) && targets.length > 0))
    fail(
      `"target_modules" is ${shown(targets)}; expected a list of module names, "all-linear" or a regular expression`,
    );
  const narrowed = narrowing.some((key) => isSet(config[key]));

  const weights = join(directory, weightsFile);
  const { tensors } = await readSafetensors(weights);
  for (const [name, { shape }] of tensors) {
    const side = /^base_model\.model\..+\.lora_([AB])\.weight$/.exec(name)?.[1];
    if (!side) throw new CheckpointError(`${weights}: tensor "${name}" is not part of a plain LoRA adapter`);
    if (shape.length !== 2 || shape[side === "A" ? 0 : 1] !== rank)
      throw new CheckpointError(
        `${weights}: tensor "${name}" has shape ${shown(shape)}; rank ${rank} asks for ${side === "A" ? `[${rank}, in]` : `[out, ${rank}]`}`,
      );
    const partner = name.replace(/lora_[AB]\.weight$/, `lora_${side === "A" ? "B" : "A"}.weight`);
    if (!tensors.has(partner)) throw new CheckpointError(`${weights}: tensor "${partner}" is missing`);
  }
  if (tensors.size === 0) throw new CheckpointError(`${weights}: has no tensors`);
  return {
    lora: {
      rank: rank as number,
      alpha: alpha as number,
      targets: narrowed ? modulesOf(tensors.keys()) : (targets as string | string[]),
      dropout: dropout as number,
      ...(isSet(config.use_rslora) ? { rslora: true } : {}),
    },
    base: typeof config.base_model_name_or_path === "string" ? config.base_model_name_or_path : null,
    tensors,
  };
}

const isStringList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

/** Whether PEFT reads these targets as we do: names alone, without patterns. */
function isPlainList(targets: LoraOptions["targets"]): boolean {
  return isStringList(targets) && !targets.some((name) => name.includes("*") || name === "all-linear");
}

/** The base model as PEFT names it: a repository of the hub by owner and name, at its revision. */
function baseOf(base: string): { base_model_name_or_path: string; revision?: string } {
  if (!isHubName(base)) return { base_model_name_or_path: base };
  const { repo, revision, path } = parseHubName(base, "model");
  if (path !== null) return { base_model_name_or_path: base };
  return { base_model_name_or_path: repo, ...(revision === null ? {} : { revision }) };
}

/** The adapted modules' whole names, which are targets, too. */
function modulesOf(tensors: Iterable<string>): string[] {
  const modules = Array.from(tensors, (name) =>
    name.replace(/^base_model\.model\./, "").replace(/\.lora_[AB]\.weight$/, ""),
  );
  return [...new Set(modules)];
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}
