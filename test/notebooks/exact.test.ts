import { executed } from "./executed.ts";

// Those that compute nothing but numbers that are the same everywhere, and the one whose run is short.
executed(
  "the exact notebooks",
  {
    "01-toy": { figure: "Figure 2", items: { "Fig. 2, Table 3": [32, 1] } },
    "02-theory": {
      figure: "Figure 5",
      items: {
        "Fig. 5, Table 2, Thm 3.3": [10, 3],
        "Thm 4.1": [4, 1],
        "Prop. A.1": [3, 1],
        "Prop. A.2": [3, 1],
        "Remark 4.3": [3, 0],
      },
    },
    "06-max-evaluation-step": { figure: "Figure 4", items: { "Fig. 4": [8, 2], "re-run": [3, 0] } },
    "08-data-diversity": { figure: "Figure 6", items: { "Fig. 6": [5, 1] } },
  },
  300_000,
);
