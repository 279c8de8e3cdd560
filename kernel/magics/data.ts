import type { Magic } from "./magic.ts";
import { changeSettings, settings } from "./settings.ts";

const PREFERENCES = {
  none: "wordnet-preferences-none",
  default: "wordnet-preferences",
  strong: "wordnet-preferences-strong",
};

export const data: Magic = {
  name: "data",
  help: "sets the data of the session's runs: a file (JSONL, JSON, parquet, .gz of them) or an embedded name for each objective",
  options: {
    sft: { type: "path", kind: "data", help: "instruction rows, for SFT" },
    dpo: { type: "path", kind: "data", help: "preference pairs, for DPO" },
    conflict: {
      type: "string",
      values: Object.keys(PREFERENCES),
      help: "the embedded pair of data sets, by how much the two pull apart",
    },
  },
  examples: ["%data conflict=strong", "%data sft=sft.jsonl dpo=dpo.jsonl"],
  async run({ options }) {
    const { sft, dpo, conflict } = options as {
      sft?: string;
      dpo?: string;
      conflict?: keyof typeof PREFERENCES;
    };
    const embedded = conflict && { sft: "wordnet-sft", dpo: PREFERENCES[conflict] };
    changeSettings({ data: { ...embedded, ...(sft && { sft }), ...(dpo && { dpo }) } });
    const now = settings().data as { sft?: string; dpo?: string };
    process.stdout.write(`data: sft ${now.sft ?? "none"}, dpo ${now.dpo ?? "none"}\n`);
  },
};
