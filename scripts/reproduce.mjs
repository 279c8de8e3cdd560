// `npm run reproduce [-- 01 03 … --out DIR --json FILE --originals DIR --conflict none --draw SEED --points N --minutes M --full]`: executes the
// notebooks headless, runs some points of the shipped grid again, and reports: index.html, report.md, comparison.html, claims.json, each notebook
// executed, each figure as SVG and PNG. Exit status 1 if a claim fails, if one holds against its stated reason, if an exact notebook's numbers
// are not the shipped ones, or if a run that was made again is not the shipped one.
import { randomInt } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { cpus, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { execute } from "./reproduce/execute.mjs";
import { markdown } from "./reproduce/markdown.mjs";
import { claimsOf, standing, tablesOf, writeFigures } from "./reproduce/outputs.mjs";
import { comparisonHtml, indexHtml, pictures, summary } from "./reproduce/page.mjs";
import { equal, readsGrid, rerun, rerunDrawn, wholeGrid } from "./reproduce/rerun.mjs";
import { differences, readShipped, ship } from "./reproduce/shipped.mjs";
import { setup } from "./setup.mjs";
import { fail, root, run, venvProgram } from "./steps.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: "boolean" },
    draw: { type: "string" },
    points: { type: "string", default: "12" },
    minutes: { type: "string" },
    conflict: { type: "string" },
    out: { type: "string", default: join(root, "reproduction") },
    json: { type: "string" },
    originals: { type: "string" },
    ship: { type: "boolean" },
  },
});
const strengths = ["none", "default", "strong"];
if (values.conflict !== undefined && !strengths.includes(values.conflict))
  fail(`--conflict ${values.conflict} is not one of ${strengths.join(", ")}`);
if (values.originals !== undefined && !existsSync(values.originals))
  fail(`--originals ${values.originals}: no such folder`);

const seed = wholeNumber("draw", values.draw ?? String(randomInt(1_000_000)));
const count = values.points === "all" ? Number.POSITIVE_INFINITY : wholeNumber("points", values.points);
const minutes = wholeNumber("minutes", values.minutes ?? (values.full ? "100" : "15"));

const notebooks = readdirSync(join(root, "notebooks"))
  .filter((name) => /^\d\d-.*\.ipynb$/.test(name))
  .map((name) => name.replace(".ipynb", ""))
  .sort();
for (const wanted of positionals)
  if (!notebooks.some((name) => name.startsWith(wanted)))
    fail(`no notebook ${wanted}: there are ${notebooks.join(", ")}`);
const chosen = notebooks.filter(
  (name) => positionals.length === 0 || positionals.some((wanted) => name.startsWith(wanted)),
);
setup({ tests: true });

const out = resolve(values.out);
mkdirSync(out, { recursive: true });
const say = (text) => process.stdout.write(`${text}\n`);
const shipped = readShipped();

// All of the grid first: once it is whole, the notebooks read it instead of what ships.
const again = join(root, ".cache/reproduce");
let grid = null;
if (values.full) {
  const points = await wholeGrid();
  say(
    `• the whole grid again: ${points.length} runs, those in ${again} not twice, for ${minutes} minutes at most`,
  );
  const made = (await rerun(points, { folder: again, minutes, whole: true, say })).filter(
    (one) => one !== null,
  );
  grid = { runs: points.length, made: made.length };
  grid.reruns = made.map((result) => ({ claim: null, id: result.id, result }));
  if (made.length < points.length)
    say(`  ${made.length} of ${points.length} are there; the same command goes on with the others`);
}
const whole =
  grid !== null && grid.made === grid.runs && grid.reruns.every(({ result }) => result.error === null);

const results = [];
for (const [i, name] of chosen.entries()) {
  say(`• ${name} (${i + 1} of ${chosen.length})`);
  const target = join(out, `${name}.ipynb`);
  const { notebook, error, seconds, cells } = await execute({
    source: join(root, "notebooks", `${name}.ipynb`),
    target,
    workdir: out,
    say,
    env: {
      ...process.env,
      ...(values.conflict ? { ALRIGHT_CONFLICT: values.conflict } : {}),
      ...(whole ? { ALRIGHT_GRID: again } : {}),
    },
  });
  const claims = claimsOf(notebook);
  if (error !== null)
    claims.unshift({ claim: "the notebook runs through", expected: "", here: firstLine(error), held: false });
  else if (claims.length === 0)
    claims.push({ claim: "the notebook has claims", expected: "", here: "none", held: false });
  const figures = await writeFigures(notebook, name, out);
  const otherRuns = whole && (await readsGrid(claims));
  if (notebook) run(venvProgram("jupyter"), ["nbconvert", "--log-level=ERROR", "--to", "html", target], {});
  const result = {
    notebook: name,
    conflict: values.conflict ?? null,
    seconds,
    cells,
    error,
    claims,
    figures,
    tables: tablesOf(notebook),
    differences: shipped[name] && !values.ship && !otherRuns ? differences(claims, shipped[name]) : null,
  };
  results.push(result);
  for (const claim of claims) say(`  ${standing(claim).padEnd(8)} ${claim.claim}: ${claim.here}`);
  for (const line of result.differences ?? []) say(`  differs  ${line}`);
}
if (values.ship) ship(results);
let reruns = grid?.reruns ?? [];
if (!values.full && count > 0) {
  const folder = mkdtempSync(join(tmpdir(), "alright-again-"));
  try {
    const claims = results.flatMap((result) => result.claims);
    reruns = await rerunDrawn(claims, { seed, count, folder, minutes, say });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const require = createRequire(import.meta.url);
const { processorKind } = await import(pathToFileURL(join(root, "dist/src/engine/index.js")).href);
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const report = {
  date: new Date().toISOString(),
  versions: {
    "alright-ts": version,
    node: process.version,
    onnxruntime: JSON.parse(readFileSync(packageFile("onnxruntime-node"), "utf8")).version,
    processor: `${processorKind()}, ${cpus().length} cores`,
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
  },
  results,
  draw: values.full ? null : seed,
  grid: grid && { runs: grid.runs, made: grid.made, read: whole },
  reruns,
};
const originals = new Map();
for (const { slug, file } of values.originals ? pictures(readdirSync(values.originals)) : []) {
  copyFileSync(join(values.originals, file), join(out, `original-${slug}.png`));
  originals.set(slug, `original-${slug}.png`);
}
writeFileSync(join(out, "index.html"), indexHtml(report));
writeFileSync(join(out, "comparison.html"), comparisonHtml(report, originals));
writeFileSync(join(out, "report.md"), markdown(report));
for (const file of [join(out, "claims.json"), ...(values.json ? [values.json] : [])])
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);

const counts = summary(results);
const differing = results.reduce((sum, result) => sum + (result.differences?.length ?? 0), 0);
const made = new Map(reruns.flatMap(({ id, result }) => (result ? [[id, result]] : [])));
const unequal = [...made.values()].filter((result) => !equal(result)).length;
say(
  `${join(out, "index.html")}: ${counts.held} claims held, ${counts["not held"]} do not, for a stated reason; ` +
    `${counts.failed} failed, ${counts.stale} hold against their reason, ${differing} differ from what was shipped; ` +
    `${made.size} shipped runs made again, ${unequal} of them not the same`,
);
process.exitCode = counts.failed + counts.stale + differing + unequal > 0 ? 1 : 0;

function wholeNumber(name, text) {
  if (!/^\d+$/.test(text)) fail(`--${name} ${text}: expected a whole number`);
  return Number(text);
}

function firstLine(error) {
  return error.trim().split("\n").at(-1);
}

function packageFile(name) {
  return require.resolve(`${name}/package.json`);
}
