import { basename } from "node:path";
import { defaultName } from "../runs/snapshot-builder.ts";
import type { Form, StoredName } from "./options.ts";
import type { RunFacts } from "./run-facts.ts";

/** What a model card tells beside the run. */
export interface CardFacts {
  readonly run: RunFacts;
  readonly form: Form;
  readonly dtype: StoredName;
  /** The text that ends an answer. */
  readonly eosText: string;
}

/** A README.md as Hugging Face reads it: metadata in YAML, then what the model is and how it is prompted. */
export function modelCard({ run, form, dtype, eosText }: CardFacts): string {
  const { specification, id, created, versions } = run.record;
  const { model, data, method, objectives, lora, template } = specification;
  const title = `${nameOf(model)}, ${defaultName(specification)}`;
  const settings: [string, unknown][] = [
    ["Base model", code(nameOf(model))],
    ["Method", `${code(method.name)} ${code(JSON.stringify(method))}`],
    ["Instructions (SFT)", data.sft === undefined ? "–" : code(nameOf(data.sft))],
    ["Preferences (DPO)", data.dpo === undefined ? "–" : code(nameOf(data.dpo))],
    ["Preference loss", data.dpo === undefined ? "–" : code(JSON.stringify(objectives.dpo))],
    [
      "Trained",
      lora
        ? `LoRA adapter: rank ${lora.rank}, alpha ${lora.alpha}, on ${[lora.targets]
            .flat()
            .map((name) => code(name ?? ""))
            .join(", ")}`
        : "all weights",
    ],
    ["Steps", run.step === run.steps ? run.steps : `${run.step} of ${run.steps} (the run is ${run.state})`],
    ["Learning rate", `${specification.optimizer.learningRate} (${specification.optimizer.name})`],
    ["Seed", specification.seed],
    ["Run", `${code(id)}, ${created.slice(0, 10)}`],
    ["Made with", `alright-ts ${versions["alright-ts"] ?? ""}`.trim()],
  ];
  return `${frontMatter(run, form)}
# ${title}

${lead(run, form)}

| | |
| --- | --- |
${settings.map(([name, value]) => `| ${name} | ${String(value).replaceAll("|", "\\|")} |`).join("\n")}
${lossTable(run)}
## Prompts

The model was trained on texts of this form, an answer followed by a space and ${code(eosText)}:

\`\`\`
${template}
\`\`\`

## Use

\`\`\`python
${form === "merged" ? pythonMerged(dtype) : pythonAdapter}

prompt = ${JSON.stringify(template)}.replace("{prompt}", "What is a pear?")
output = model.generate(**tokenizer(prompt, return_tensors="pt"), max_new_tokens=64)
print(tokenizer.decode(output[0]))
\`\`\`
`;
}

function frontMatter({ record: { specification } }: RunFacts, form: Form): string {
  const { model, data } = specification;
  const onHub = (name: string | undefined) =>
    name?.startsWith("hub:") ? name.slice(4).split("@")[0]! : null;
  const base = onHub(model);
  const sets = [...new Set([onHub(data.sft), onHub(data.dpo)].filter((name) => name !== null))];
  const tags = ["alright", ...Object.keys(data)];
  return [
    "---",
    `library_name: ${form === "merged" ? "transformers" : "peft"}`,
    "pipeline_tag: text-generation",
    ...(base === null ? [] : [`base_model: ${JSON.stringify(base)}`]),
    ...(base !== null ? [`base_model_relation: ${form === "merged" ? "finetune" : "adapter"}`] : []),
    ...(sets.length > 0 ? ["datasets:", ...sets.map((name) => `- ${JSON.stringify(name)}`)] : []),
    "tags:",
    ...tags.map((tag) => `- ${tag}`),
    "---",
  ].join("\n");
}

function lead({ record: { specification } }: RunFacts, form: Form): string {
  const { data } = specification;
  const both = data.sft !== undefined && data.dpo !== undefined;
  const on = both ? "instructions and preferences" : data.dpo !== undefined ? "preferences" : "instructions";
  const what = form === "merged" ? "A language model" : "A LoRA adapter";
  return `${what} post-trained on ${on} by [ALRIGHT for TypeScript](https://arxiv.org/abs/2410.15483).`;
}

function lossTable({ losses, ideal, step }: RunFacts): string {
  const rows = (["sft", "dpo"] as const).flatMap((name) => {
    const loss = losses[name];
    if (loss === null) return [];
    return [`| ${name.toUpperCase()} | ${loss} |${ideal ? ` ${ideal[name]} |` : ""}`];
  });
  if (rows.length === 0) return "";
  const head = ideal
    ? "| objective | loss | ideal point |\n| --- | --- | --- |"
    : "| objective | loss |\n| --- | --- |";
  return `
Losses on the evaluation rows, last evaluated up to step ${step}:

${head}
${rows.join("\n")}
`;
}

const pythonMerged = (dtype: StoredName) => `from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained(".", dtype="${dtype}")
tokenizer = AutoTokenizer.from_pretrained(".")`;

const pythonAdapter = `from peft import AutoPeftModelForCausalLM
from transformers import AutoTokenizer

model = AutoPeftModelForCausalLM.from_pretrained(".")
tokenizer = AutoTokenizer.from_pretrained(".")`;

/** A model's or file's name without where it lies on the machine that trained it. */
function nameOf(name: string): string {
  return name.startsWith("hub:") ? name.slice(4) : basename(name);
}

const code = (text: string) => `\`${text.replaceAll("`", "'").replaceAll("\n", " ")}\``;
