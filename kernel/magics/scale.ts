import type { Scale, ScaleName } from "../../src/paper/index.ts";
import { type Call, type Magic, MagicError } from "./magic.ts";
import { changeSettings } from "./settings.ts";

/** What a scale sets: all of it goes before another one comes. */
const KEYS = [
  "model",
  "data",
  "steps",
  "epochs",
  "lora",
  "reference",
  "ideal",
  "stop",
  "objectives",
  "optimizer",
  "batchSize",
  "template",
  "maxLength",
  "tooLong",
  "evaluation",
  "checkpoint",
  "seed",
  "threads",
];

export const scale: Magic = {
  name: "scale",
  help: "sets the session to one of the paper's experiments at a scale: embedded (the shipped model and data), small-real (a small real model and files that you name), paper (the paper's models, data and settings: says first what it would download, and the memory and hours that it would take here); its value is the scale",
  word: {
    name: "scale",
    help: "embedded, small-real or paper",
    values: ["embedded", "small-real", "paper"],
  },
  options: {
    experiment: {
      type: "string",
      values: ["dpo-first", "sft-first", "max-evaluation-step", "llama"],
      default: "dpo-first",
      help: "Figures 1 and 3, Figure 7, Figure 4, or Figure 8",
    },
    model: { type: "path", kind: "model", help: "small-real: a GGUF file or a Hugging Face directory" },
    sft: { type: "path", kind: "data", help: "small-real: your instructions" },
    dpo: { type: "path", kind: "data", help: "small-real: your preferences" },
    folder: {
      type: "path",
      kind: "file",
      help: "paper: where the rows that are used are written (default paper-data)",
    },
    download: {
      type: "boolean",
      help: "paper: download the data sets and set the session; without it nothing is downloaded or set",
    },
    quiet: { type: "boolean", help: "no measured step and no estimate" },
  },
  value: 'import("alright-ts").Scale',
  examples: [
    "%scale embedded",
    "%scale small-real model=smol.gguf sft=alpaca.json dpo=hh.jsonl.gz",
    "%scale paper experiment=llama",
    "const paper = %scale paper download quiet",
  ],
  async run(call) {
    const { scale: scaleOf, ...library } = await import("../../src/paper/index.ts");
    const { experiment, model, sft, dpo, folder, download, quiet } = call.options as Options;
    const chosen = scaleOf(nameOf(call), {
      ...(experiment && { experiment }),
      ...(model && { model }),
      ...(sft && { sft }),
      ...(dpo && { dpo }),
      ...(folder && { folder }),
    });
    if (download && !chosen.hub)
      throw new MagicError(`%scale ${chosen.name} downloads nothing; leave out download`);
    if (chosen.name !== "embedded" && !quiet) {
      const step = await library.measureStep();
      process.stdout.write(
        `${library.estimateText(chosen, await library.estimateScale(chosen, step), step)}\n`,
      );
    }
    if (chosen.hub && !download) {
      process.stdout.write(
        "nothing was downloaded, and the session is as it was; with `download` the data sets come, and the model with the first run\n",
      );
      return call.assigned ? chosen : undefined;
    }
    if (chosen.hub) {
      const { progressWriter } = await import("../../src/hub/index.ts");
      const report = progressWriter((text) => process.stdout.write(text), { inPlace: true });
      await library.prepareRows(chosen, { ...report, signal: call.execution.signal });
    }
    set(chosen);
    return call.assigned ? chosen : undefined;
  },
};

interface Options {
  readonly experiment?: string;
  readonly model?: string;
  readonly sft?: string;
  readonly dpo?: string;
  readonly folder?: string;
  readonly download?: boolean;
  readonly quiet?: boolean;
}

function nameOf({ words: [name], word }: Call): ScaleName {
  const given = name ?? word;
  if (typeof given !== "string")
    throw new MagicError(`%scale takes embedded, small-real or paper, got ${typeof given}`);
  return given as ScaleName;
}

function set({ name, experimentName, experiment: { base, stop }, referenceRun }: Scale): void {
  changeSettings(Object.fromEntries(KEYS.map((key) => [key, undefined])));
  changeSettings({ ...base, ...(stop && { stop }) });
  process.stdout.write(
    `scale: ${name}, ${experimentName}: ${base.model}, ${base.steps} steps of ${base.batchSize?.sft} instructions or ${base.batchSize?.dpo} preferences\n`,
  );
  if (referenceRun)
    process.stdout.write(
      "θ_ref is a run of its own, which comes first: `const reference = train(SCALE.referenceRun!)`, then `%set reference={reference.directory}`\n",
    );
}
