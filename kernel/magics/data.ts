import type { DataDescription } from "../../src/training/describe-data.ts";
import { displayData } from "../runtime/display.ts";
import { descriptionBundle } from "./data-view.ts";
import { type Call, type Magic, MagicError } from "./magic.ts";
import { changeSettings, merge, settings } from "./settings.ts";

const PREFERENCES = {
  none: "wordnet-preferences-none",
  default: "wordnet-preferences",
  strong: "wordnet-preferences-strong",
};

export const data: Magic = {
  name: "data",
  help: "sets the data of the session's runs, and shows it as the model will see it: counts, token lengths, rows that are too long or bad, duplicates, three rows; its value is the description",
  options: {
    sft: {
      type: "path",
      kind: "data",
      help: "instruction rows, for SFT: a file (JSONL, JSON, parquet, .gz of the first two), a directory, a pattern, or an embedded name",
    },
    dpo: { type: "path", kind: "data", help: "preference pairs, for DPO, from the same places" },
    conflict: {
      type: "string",
      values: Object.keys(PREFERENCES),
      help: "the embedded pair of data sets, by how much the two pull apart",
    },
    rows: { type: "integer", minimum: 0, maximum: 50, default: 3, help: "rows shown of each set" },
    quiet: { type: "boolean", help: "set it without reading it" },
  },
  value: 'import("alright-ts").DataDescription',
  examples: [
    "%data conflict=strong",
    "%data sft=sft.jsonl dpo=dpo.jsonl",
    "%data sft=ultrachat/ rows=1",
    "const about = %data",
  ],
  async run(call) {
    const { sft, dpo, conflict, quiet, rows } = call.options as {
      sft?: string;
      dpo?: string;
      conflict?: keyof typeof PREFERENCES;
      quiet?: boolean;
      rows?: number;
    };
    const embedded = conflict && { sft: "wordnet-sft", dpo: PREFERENCES[conflict] };
    const change = { data: { ...embedded, ...(sft && { sft }), ...(dpo && { dpo }) } };
    const session = merge(settings(), change);
    const now = session.data as { sft?: string; dpo?: string };
    const model = session.model as string | undefined;
    const some = now.sft !== undefined || now.dpo !== undefined;
    const words = model !== undefined && !model.startsWith("toy:");
    // What can't be read is no data of the session's.
    const about = some && words && !quiet ? await described(session, rows ?? 3, call) : null;
    changeSettings(change);
    if (call.assigned) {
      if (about) return about;
      throw new MagicError(
        `%data has nothing to describe: ${some ? "a language model's tokenizer counts tokens; %model pythia-tiny sets one" : "give sft=, dpo= or conflict="}`,
      );
    }
    process.stdout.write(`data: sft ${now.sft ?? "none"}, dpo ${now.dpo ?? "none"}\n`);
    if (about) displayData(descriptionBundle(about));
    else if (some && !words && !quiet)
      process.stdout.write("what is in it is shown once there is a tokenizer: %model NAME, then %data\n");
    return undefined;
  },
};

async function described(
  session: Readonly<Record<string, unknown>>,
  sample: number,
  { execution: { signal } }: Call,
): Promise<DataDescription> {
  const { describeData } = await import("../../src/training/describe-data.ts");
  return describeData(session as Parameters<typeof describeData>[0], { sample, signal });
}
