// `npm run grid [-- EXPERIMENT… --seeds 0,1 --processes N --again | --adopt DIR]`: runs the grid of assets/grid/grid.json through `sweep()`, seed by seed, and
// keeps each finished run in its compact form in assets/grid/EXPERIMENT/. What is there is not run again, so it can be stopped at any time and
// goes on with the next run; with --again the runs that are asked for are made anew. Where the experiment has "answers", each model is asked the
// held-out questions. Full run directories stay in .cache/grid/. With --adopt nothing is run: what `npm run reproduce -- --full` has made again
// (in .cache/reproduce) takes the place of what ships.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { fail, root } from "./steps.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string" },
    processes: { type: "string" },
    again: { type: "boolean" },
    adopt: { type: "string" },
    folder: { type: "string", default: join(root, ".cache/grid") },
  },
});
if (!existsSync(join(root, "dist/src/index.js"))) fail("The library is not built: npm run build");
const library = await import(pathToFileURL(join(root, "dist/src/index.js")).href);
const paper = await import(pathToFileURL(join(root, "dist/src/paper/index.js")).href);

const names = positionals.length ? positionals : paper.experimentNames();
try {
  for (const name of names) paper.experiment(name);
} catch (error) {
  fail(error.message);
}
const seeds = values.seeds ? values.seeds.split(",").map(Number) : paper.gridSeeds();

if (values.adopt !== undefined) for (const name of names) adopt(name, resolve(values.adopt, name));
else for (const seed of seeds) for (const name of names) await part(name, seed);

/** All wanted runs of an experiment from a folder of compact ones, or none of them. */
function adopt(name, from) {
  const wanted = seeds.flatMap((seed) => paper.gridRuns(name, seed).map((run) => run.name));
  const needed = paper.experiment(name).answers ? ["summary.json", paper.answersFile] : ["summary.json"];
  const missing = wanted.filter((run) => !needed.every((file) => existsSync(join(from, run, file))));
  if (missing.length > 0)
    fail(`${from}: ${missing.length} of ${wanted.length} runs are not whole: ${missing[0]}, …`);
  for (const run of wanted) {
    const place = join(paper.gridDirectory(name), run);
    rmSync(place, { recursive: true, force: true });
    cpSync(join(from, run), place, { recursive: true });
  }
  process.stdout.write(`• ${name}: ${wanted.length} runs from ${from}\n`);
}

/** One seed of one experiment. */
async function part(name, seed) {
  const runs = join(values.folder, `seed-${seed}`);
  const wanted = paper.gridRuns(name, seed);
  const missing = () => {
    const there = new Set(paper.shippedNames(name));
    return wanted.filter((run) => !there.has(run.name));
  };
  /** Full directories of finished runs, by what they trained. */
  const finishedRuns = () => {
    const places = (existsSync(runs) ? readdirSync(runs) : []).map((id) => join(runs, id));
    const finished = places.filter((place) => existsSync(join(place, "summary.json")));
    return new Map(finished.map((place) => [specificationIn(place), place]));
  };
  const placeIn = (finished, { specification }) =>
    finished.get(JSON.stringify(library.parseSpecification(specification)));
  /** Keeps finished runs in their compact form; also those that a stopped part has left. */
  const keep = () => {
    const finished = finishedRuns();
    for (const run of missing()) {
      const place = placeIn(finished, run);
      if (place) paper.compactRun(place, paper.gridDirectory(name), run.name);
    }
  };
  /** Asks models that have not been asked, where the experiment wants it and their weights are still there. */
  const ask = async () => {
    if (!paper.experiment(name).answers) return;
    const finished = finishedRuns();
    for (const run of wanted) {
      const place = join(paper.gridDirectory(name), run.name);
      const weights = placeIn(finished, run);
      if (!weights || !existsSync(place) || existsSync(join(place, paper.answersFile))) continue;
      const model = await library.loadTextModel({ run: weights }, { threads: 1 });
      try {
        paper.keepAnswers(place, await paper.askModel(model, { seed }));
      } finally {
        await model.dispose();
      }
      process.stdout.write(`  ${run.name}: asked\n`);
    }
  };
  if (values.again) {
    const finished = finishedRuns();
    for (const run of wanted)
      for (const place of [join(paper.gridDirectory(name), run.name), placeIn(finished, run)])
        if (place) rmSync(place, { recursive: true, force: true });
  }
  keep();
  await ask();
  const list = missing().map(({ specification }) => specification);
  if (list.length === 0) return;
  process.stdout.write(`• ${name}, seed ${seed}: ${list.length} runs\n`);
  // All of a seed's runs share θ_ref, f* and tokens through the cache beside them.
  const executor = library.localExecutor(values.processes ? { processes: Number(values.processes) } : {});
  const sweep = library.sweep({ list }, { runs, executor });
  let kept = 0;
  sweep.onChange(({ finished }) => {
    if (finished > kept) keep();
    kept = finished;
  });
  const summary = await sweep.done;
  keep();
  await ask();
  for (const { method, lambda, k, dpo, sft, idealDistance, seconds, error } of summary.list)
    process.stdout.write(
      `  ${method} λ=${lambda} k=${k}: ${error ?? `DPO ${dpo?.toFixed(4)}, SFT ${sft?.toFixed(4)}, distance ${idealDistance?.toFixed(4)}, ${seconds?.toFixed(1)} s`}\n`,
    );
  if (summary.failed > 0) process.exitCode = 1;
}

function specificationIn(place) {
  return JSON.stringify(JSON.parse(readFileSync(join(place, "run.json"), "utf8")).specification);
}
