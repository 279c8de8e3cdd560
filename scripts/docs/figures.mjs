// The site's figures, from the library itself: plot messages of shipped runs for live figures, pictures of them for pages that are not
// alive, a table of where the runs ended, and the example of Theorem 3.3.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { counterexampleFigure } from "./counterexample.mjs";

/** Writes docs/.vitepress/data/NAME.json and NAME.md, and docs/public/figures/NAME-light.svg and -dark.svg. */
export async function figures(docs) {
  const data = join(docs, ".vitepress/data");
  const pictures = join(docs, "public/figures");
  for (const place of [data, pictures]) {
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place, { recursive: true });
  }
  const { renderSvg } = await import("../../dist/src/figures/index.js");
  for (const [name, message] of Object.entries(await messages())) {
    writeFileSync(join(data, `${name}.json`), JSON.stringify(message));
    writeFileSync(join(data, `${name}.md`), endsTable(message.runs));
    for (const theme of ["light", "dark"])
      writeFileSync(join(pictures, `${name}-${theme}.svg`), renderSvg(message, { theme }));
  }
  for (const theme of ["light", "dark"])
    writeFileSync(join(pictures, `theorem-3-3-${theme}.svg`), await counterexampleFigure(theme));
}

async function messages() {
  const { shippedRuns } = await import("../../dist/src/paper/index.js");
  const all = shippedRuns("dpo-first");
  const first = all.filter(({ seed }) => seed === all[0].seed);
  const message = (view, runs) => ({ version: 1, view, runs: runs.map(({ snapshot }) => snapshot) });
  const half = first.filter(({ pair, method }) => (method === "sequential" ? pair === 2 : pair === 2));
  return {
    sequential: message(
      "losses",
      half.filter(({ method }) => method === "sequential"),
    ),
    "four-ways": message("objective", half),
    front: message(
      "objective",
      first.filter(({ method }) => method !== "sequential"),
    ),
    toy: await toy(),
  };
}

/** Four runs of the paper's two-weight example, trained here: seconds. */
async function toy() {
  const { contours, train } = await import("../../dist/src/index.js");
  const place = mkdtempSync(join(tmpdir(), "alright-docs-"));
  try {
    const runs = [];
    for (const name of ["sequential", "mix", "alright", "maxright"]) {
      const method = name === "sequential" ? { name } : { name, lambda: 0.5 };
      const run = train({ model: "toy:conflict", data: {}, method }, { runs: place });
      await run.done;
      runs.push({ ...run.snapshot(), resources: { seconds: 0, tokens: 0, peakMemory: null } });
    }
    return { version: 1, view: "weights", runs, contours: contours("toy:conflict") };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** Where runs ended, as a table in Markdown, which pages include. */
function endsTable(runs) {
  const digits = (value) => value.toFixed(3);
  const rows = runs.map(({ name, series, ideal }) => {
    const [sft, dpo] = [series.sft.at(-1), series.dpo.at(-1)];
    const distance = ideal ? digits(Math.hypot(sft - ideal.sft, dpo - ideal.dpo)) : "";
    return `| ${name} | ${digits(sft)} | ${digits(dpo)} | ${distance} |`;
  });
  return [
    "| run | SFT loss | DPO loss | distance from the ideal point |",
    "| --- | ---: | ---: | ---: |",
    ...rows,
    "",
  ].join("\n");
}
