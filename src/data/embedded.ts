/** The shipped data sets: name → file under `assets/data/`, and what its rows are for. */
export const embeddedData: Readonly<Record<string, { readonly file: string; readonly for: "sft" | "dpo" }>> =
  {
    "wordnet-sft": { file: "wordnet-sft.jsonl", for: "sft" },
    "wordnet-preferences": { file: "wordnet-preferences.jsonl", for: "dpo" },
    "wordnet-preferences-none": { file: "wordnet-preferences-none.jsonl", for: "dpo" },
    "wordnet-preferences-strong": { file: "wordnet-preferences-strong.jsonl", for: "dpo" },
  };
