/** The notebooks of the paper's language models, each with a run of its own or several. */
import { executed } from "../notebooks/executed.ts";

executed(
  "the notebooks of language models",
  {
    "03-pythia": {
      figure: "Figure 3",
      items: { "Fig. 1, live": [4, 0], "Fig. 1": [5, 0], "Fig. 3": [9, 5], "re-run": [5, 0] },
    },
    "04-pythia-sft-first": { figure: "Figure 7", items: { "Fig. 7": [7, 5], "re-run": [2, 0] } },
    "07-llama": {
      figure: "Figure 8",
      items: {
        "Fig. 8": [6, 2],
        "Table 1, MMLU": [1, 2],
        "Table 1, win rate": [2, 4],
        "Fig. 9, D.6": [1, 2],
        "re-run": [4, 0],
      },
    },
  },
  1_800_000,
);
