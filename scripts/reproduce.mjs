// `npm run reproduce [-- 01 03 … --conflict none]`: executes the notebooks headless and collects their claims.
// Writes reproduction/NAME.ipynb, NAME.html, index.html and claims.json; exit status 1 if a claim fails.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setup } from "./setup.mjs";
import { fail, root, run, venvProgram } from "./steps.mjs";

const CLAIMS = "application/vnd.alright.claims.v1+json";
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { full: { type: "boolean" }, conflict: { type: "string" } },
});
const strengths = ["none", "default", "strong"];
if (values.conflict !== undefined && !strengths.includes(values.conflict)) {
  fail(`--conflict ${values.conflict} is not one of ${strengths.join(", ")}`);
}
setup({ tests: true });

const notebooks = readdirSync(join(root, "notebooks"))
  .filter((name) => /^\d\d-.*\.ipynb$/.test(name))
  .sort();
for (const wanted of positionals) {
  if (!notebooks.some((name) => name.startsWith(wanted))) {
    fail(
      `no notebook ${wanted}: there are ${notebooks.map((name) => name.replace(".ipynb", "")).join(", ")}`,
    );
  }
}
const chosen = notebooks.filter(
  (name) => positionals.length === 0 || positionals.some((wanted) => name.startsWith(wanted)),
);
const out = join(root, "reproduction");
mkdirSync(out, { recursive: true });

const results = [];
for (const name of chosen) {
  const title = name.replace(".ipynb", "");
  const begun = Date.now();
  process.stdout.write(`• ${title}\n`);
  const env = {
    ...process.env,
    ...(values.conflict ? { ALRIGHT_CONFLICT: values.conflict } : {}),
    ...(values.full ? { ALRIGHT_SCALE: "full" } : {}),
  };
  const source = join(root, "notebooks", name);
  const target = join(out, name);
  const status = run(
    venvProgram("jupyter"),
    [
      "nbconvert",
      "--log-level=ERROR",
      "--to",
      "notebook",
      "--execute",
      "--ExecutePreprocessor.timeout=3600",
      "--ExecutePreprocessor.store_widget_state=False",
      "--output",
      target,
      source,
    ],
    { env },
  );
  const seconds = (Date.now() - begun) / 1000;
  const claims =
    status === 0
      ? readClaims(target)
      : [
          {
            claim: "the notebook runs through",
            expected: "",
            here: "it failed (message above)",
            held: false,
          },
        ];
  if (status === 0)
    run(venvProgram("jupyter"), ["nbconvert", "--log-level=ERROR", "--to", "html", target], {});
  results.push({ notebook: title, conflict: values.conflict ?? null, seconds, claims });
  for (const claim of claims)
    process.stdout.write(`  ${claim.held ? "✓" : "✗"} ${claim.claim}: ${claim.here}\n`);
}

function readClaims(file) {
  const { cells } = JSON.parse(readFileSync(file, "utf8"));
  const outputs = cells.flatMap((cell) => cell.outputs ?? []);
  return outputs.flatMap((output) => output.data?.[CLAIMS]?.claims ?? []);
}

const escapeHtml = (text) =>
  String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
const sections = results.map(({ notebook, seconds, claims }) => {
  const rows = claims.map(
    (c) =>
      `<tr><td>${c.held ? "✓ held" : "✗ not held"}</td><td>${escapeHtml(c.claim)}</td><td>${escapeHtml(c.expected)}</td><td>${escapeHtml(c.here)}</td></tr>`,
  );
  return `<h2><a href="${notebook}.html">${notebook}</a></h2><p>${seconds.toFixed(0)} s</p><table><tr><th></th><th>claim</th><th>expected</th><th>here</th></tr>${rows.join("")}</table>`;
});
const style =
  "body{font:16px system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}td,th{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top}";
writeFileSync(
  join(out, "index.html"),
  `<!doctype html><meta charset="utf-8"><title>Reproduction</title><style>${style}</style><h1>Reproduction</h1>${sections.join("")}\n`,
);
writeFileSync(
  join(out, "claims.json"),
  `${JSON.stringify({ node: process.version, platform: `${process.platform}-${process.arch}`, date: new Date().toISOString(), results }, null, 2)}\n`,
);
const failed = results.flatMap((result) => result.claims).filter((claim) => !claim.held).length;
const none = results.filter((result) => result.claims.length === 0).map((result) => result.notebook);
if (none.length) process.stdout.write(`No claims found in ${none.join(", ")}\n`);
process.stdout.write(
  `reproduction/index.html: ${failed === 0 ? "all claims held" : `${failed} claims not held`}\n`,
);
process.exitCode = failed > 0 || none.length > 0 ? 1 : 0;
