// Runs of the shipped grid, made again and held against what ships: those that the draw has given to claims, or, in parts, all of them.
import { existsSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../steps.mjs";

/** The built library; loaded when it is needed, as the set-up builds it. */
const built = (name) => import(pathToFileURL(join(root, `dist/src/${name}/index.js`)).href);

/**
 * Makes runs again, several at a time. One that is in `folder` already is not made again, so a part that was stopped goes on.
 *
 * @param {{ experiment: string, run: import("../../src/paper/shipped.ts").ShippedRun, answers?: boolean }[]} points shipped runs, in the order in which they are wanted; `answers`: what its
 *     model says is wanted, too
 * @param {{ folder: string, minutes: number, whole?: boolean, say: (text: string) => void, processes?: number }} options `minutes`: no run is begun that is not
 *     expected to end by then; `whole`: f* is computed again, too, and models are asked
 * @returns one for each point: { id, seconds, exact, sameMachine, differences, error }, or null where there was no time
 */
export async function rerun(points, { folder, minutes, whole = false, say, processes }) {
  const paper = await built("paper");
  const { loadTextModel, train } = await import(pathToFileURL(join(root, "dist/src/index.js")).href);
  const began = Date.now();
  const results = new Array(points.length).fill(null);
  let [next, done, longest] = [0, 0, 60];
  const left = () => minutes * 60 - (Date.now() - began) / 1000;

  async function again({ experiment, run, answers }) {
    const name = run.id.slice(experiment.length + 1);
    const place = join(folder, experiment, name);
    let seconds = 0;
    if (!existsSync(join(place, "summary.json"))) {
      const start = Date.now();
      const specification = whole ? run.record.specification : paper.specificationAgain(run);
      const made = train(specification, { runs: join(folder, "runs", `seed-${run.seed}`) });
      const { state } = await made.done;
      if (state !== "finished") throw new Error(`${run.id}: the run is ${state}, not finished`);
      const given = whole && answers ? await ask(made.directory, run.seed) : null;
      paper.compactRun(made.directory, join(folder, experiment), name);
      if (given) paper.keepAnswers(place, given);
      rmSync(made.directory, { recursive: true, force: true });
      seconds = (Date.now() - start) / 1000;
    }
    return { seconds, ...paper.compareRuns(run, paper.readCompact(place)), error: null };
  }

  /** What its experiment asks the model that a run has trained, while its weights are there. */
  async function ask(directory, seed) {
    const model = await loadTextModel({ run: directory }, { threads: 1 });
    try {
      return await paper.askModel(model, { seed });
    } finally {
      await model.dispose();
    }
  }

  async function worker() {
    while (next < points.length && left() > longest) {
      const index = next++;
      const { id } = points[index].run;
      let result;
      try {
        result = await again(points[index]);
      } catch (error) {
        result = { seconds: 0, exact: false, sameMachine: false, differences: [], error: error.message };
      }
      results[index] = { id, ...result };
      longest = Math.max(longest, 1.2 * result.seconds);
      done++;
      const said =
        result.error ??
        (result.differences.join("; ") ||
          (result.exact ? "the same to the last bit" : "within the tolerance"));
      say(`  ${id} (${done} of ${points.length}, ${result.seconds.toFixed(0)} s): ${said}`);
    }
  }
  // The grid's runs have one thread each.
  const count = processes ?? Math.max(1, Math.min(8, availableParallelism()));
  await Promise.all(Array.from({ length: count }, worker));
  return results;
}

/**
 * One point for each claim about shipped runs, drawn by the seed; the first `count` different ones are made again.
 *
 * @returns one for each claim: { claim, id, result }; `result` is null where it was not made again
 */
export async function rerunDrawn(claims, { seed, count, folder, minutes, say }) {
  const { drawPoints } = await built("paper");
  const drawn = drawPoints(claims, seed);
  const chosen = [...new Map(drawn.map((point) => [point.run.id, point])).values()].slice(0, count);
  if (drawn.length > 0)
    say(
      `• ${drawn.length} claims are about shipped runs: ${chosen.length} of the points drawn for them are run again (--draw ${seed})`,
    );
  const results = await rerun(chosen, { folder, minutes, say });
  const byId = new Map(results.flatMap((result) => (result ? [[result.id, result]] : [])));
  return drawn.map(({ claim, run }) => ({ claim, id: run.id, result: byId.get(run.id) ?? null }));
}

/** Every shipped run, seed by seed, so that its runs share θ_ref and f*. */
export async function wholeGrid() {
  const { experiment: named, experimentNames, shippedRuns, shippedSeeds } = await built("paper");
  return experimentNames()
    .filter((name) => shippedSeeds(name).length > 0)
    .flatMap((experiment) => {
      const { answers } = named(experiment);
      return shippedRuns(experiment).map((run) => ({ experiment, run, answers }));
    })
    .sort((a, b) => a.run.seed - b.run.seed);
}

/** Whether claims are about runs of the grid; made again, these have other seconds, which are no less right. */
export async function readsGrid(claims) {
  const { experimentsOf } = await built("paper");
  return claims.some(({ item }) => item !== undefined && experimentsOf(item).length > 0);
}

/** Whether a run that was made again is as it has to be. */
export const equal = (result) => result.error === null && result.differences.length === 0;
