// The report as HTML: index.html with claims, figures, times and versions, comparison.html beside the paper's own pictures.
import { standing } from "./outputs.mjs";

const marks = {
  held: "✓ held",
  "not held": "✗ not held, as explained",
  failed: "✗ failed",
  stale: "! holds, against its reason",
};
const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:68rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
table{border-collapse:collapse}td,th{text-align:left;padding:.25rem .9rem .25rem 0;vertical-align:top;border-bottom:1px solid #8884}
figure{margin:1.5rem 0}figure img{max-width:100%;background:#fff;border-radius:4px}figcaption{color:GrayText}
.failed,.stale{color:#c62828;font-weight:600}.pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem}.pair img{max-width:100%;background:#fff}.pair>div{min-width:0}.wide{overflow-x:auto;font-size:.8rem}.wide td{white-space:nowrap}
.room{border:2px dashed #888;border-radius:4px;min-height:14rem;display:grid;place-items:center;color:GrayText;padding:1rem;text-align:center}`;

const escapeHtml = (text) =>
  String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

const page = (title, body) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${style}</style><body><h1>${escapeHtml(title)}</h1>${body}</body></html>\n`;

export function summary(results) {
  const count = { held: 0, "not held": 0, failed: 0, stale: 0 };
  for (const { claims } of results) for (const claim of claims) count[standing(claim)]++;
  return count;
}

/** How a run that was made again stands to the shipped one, in words. */
export function outcome(result) {
  if (result === null) return "not run again: another point was, or there was no time";
  if (result.error !== null) return `failed: ${result.error}`;
  if (result.differences.length > 0) return `differs: ${result.differences.join("; ")}`;
  if (result.exact) return "the same to the last bit";
  return "the same within the tolerance (another kind of machine)";
}

/** In words, what was drawn or recomputed of the shipped grid. */
export function rerunHeading({ draw, grid, reruns }) {
  const made = new Set(reruns.flatMap(({ id, result }) => (result ? [id] : []))).size;
  if (grid)
    return `All of the grid again: ${grid.made} of ${grid.runs} runs so far. ${grid.read ? "The notebooks above read these runs." : "The notebooks above read the shipped runs."}`;
  return `For each claim about shipped runs one of them was drawn with the seed ${draw}; ${made} of the runs that were drawn were made again, and are held against the shipped ones.`;
}

function rerunTable(report) {
  if (!report.reruns?.length) return "";
  const rows = report.reruns.map(({ claim, id, result }) => {
    const bad = result !== null && (result.error !== null || result.differences.length > 0);
    const seconds = result?.seconds ? `${result.seconds.toFixed(0)} s` : "";
    const cells = [claim?.item ?? "", claim?.claim ?? "", id, outcome(result), seconds];
    return `<tr${bad ? ' class="failed"' : ""}>${cells.map((text) => `<td>${escapeHtml(text)}</td>`).join("")}</tr>`;
  });
  return `<h2 id="again">Run again</h2><p>${escapeHtml(rerunHeading(report))}</p><table><tr><th>item</th><th>claim</th><th>run</th><th>outcome</th><th></th></tr>${rows.join("")}</table>`;
}

/** @param {{ results: any[], versions: Record<string, string>, date: string, reruns?: any[], draw?: number | null, grid?: any }} report */
export function indexHtml(report) {
  const { results, versions, date } = report;
  const count = summary(results);
  const sections = results.map(({ notebook, seconds, claims, figures, error, differences }) => {
    const rows = claims.map((claim) => {
      const state = standing(claim);
      const why = claim.because ? `<br><em>${escapeHtml(claim.because)}</em>` : "";
      return `<tr class="${state.replace(" ", "-")}"><td>${marks[state]}</td><td>${escapeHtml(claim.item ?? "")}</td><td>${escapeHtml(claim.claim)}${why}</td><td>${escapeHtml(claim.expected)}</td><td>${escapeHtml(claim.here)}</td></tr>`;
    });
    const pictures = figures.map(
      ({ file, heading, title }) =>
        `<figure><img src="${file}.svg" alt="${escapeHtml(title)}" loading="lazy"><figcaption>${escapeHtml(heading)}: ${escapeHtml(title)} (<a href="${file}.png">PNG</a>, <a href="${file}.svg">SVG</a>)</figcaption></figure>`,
    );
    const shipped =
      differences === null
        ? "<p>No shipped claims to compare with.</p>"
        : differences.length === 0
          ? "<p>Every number equals the shipped one.</p>"
          : `<ul class="failed">${differences.map((line) => `<li>${escapeHtml(line)}</li>`).join("")}</ul>`;
    return `<h2 id="${notebook}"><a href="${notebook}.html">${notebook}</a></h2><p>${seconds.toFixed(0)} s</p>${error ? `<pre class="failed">${escapeHtml(error)}</pre>` : ""}${shipped}<table><tr><th></th><th>item</th><th>claim</th><th>expected</th><th>here</th></tr>${rows.join("")}</table>${pictures.join("")}`;
  });
  const facts = Object.entries({ date, ...versions }).map(
    ([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return page(
    "Reproduction",
    `<p>${Object.entries(count)
      .map(([state, n]) => `${n} ${state}`)
      .join(
        ", ",
      )}. <a href="comparison.html">Beside the paper's own figures</a>.</p>${sections.join("")}${rerunTable(report)}<h2>With</h2><table>${facts.join("")}</table>`,
  );
}

/** The figures of the paper that these notebooks redraw; `ours` picks from a notebook's figures; `file`: its picture's name in the paper's sources. */
const items = [
  {
    item: "Figure 1",
    slug: "figure-1",
    file: "loss_figure.png",
    notebook: "03-pythia",
    ours: (f) => f.title === "Figure 1",
  },
  {
    item: "Figure 2",
    slug: "figure-2",
    notebook: "01-toy",
    ours: (f) => f.title === "Figure 2" && f.heading.startsWith("Figure 2"),
  },
  ...[
    { number: 3, notebook: "03-pythia", file: "pythia1b-dpo-sft.png" },
    { number: 4, notebook: "06-max-evaluation-step" },
    { number: 5, notebook: "02-theory" },
    { number: 6, notebook: "08-data-diversity" },
    { number: 7, notebook: "04-pythia-sft-first" },
    { number: 8, notebook: "07-llama" },
  ].map(({ number, notebook, file }) => ({
    item: `Figure ${number}`,
    slug: `figure-${number}`,
    ...(file && { file }),
    notebook,
    ours: (f) => f.title === `Figure ${number}`,
  })),
  {
    item: "Table 1",
    slug: "table-1",
    file: "benchmark_table.png",
    notebook: "07-llama",
    ours: () => false,
    table: ({ heading }) => heading === "Table 1",
  },
];

/**
 * Which of a folder's files are pictures of the paper: figure-3.png, table-1.png, or their names in the paper's sources.
 *
 * @param {string[]} files names
 * @returns {{ slug: string, file: string }[]}
 */
export function pictures(files) {
  const there = new Set(files);
  return items.flatMap(({ slug, file }) => {
    const found = [`${slug}.png`, file].find((name) => name !== undefined && there.has(name));
    return found ? [{ slug, file: found }] : [];
  });
}

/** @param {Map<string, string>} originals the pictures that were given, by slug: file names relative to the page */
export function comparisonHtml({ results }, originals) {
  const rows = items.flatMap(({ item, slug, notebook, ours, table }) => {
    const found = results.find((result) => result.notebook === notebook);
    if (!found) return [];
    const given = originals.get(slug);
    const left = given
      ? `<img src="${escapeHtml(given)}" alt="${item} of the paper">`
      : `<div class="room">${item} of the paper is not given: put its picture as ${slug}.png into the folder of --originals</div>`;
    const drawn = found.figures
      .filter(ours)
      .map(({ file, title }) => `<img src="${file}.svg" alt="${escapeHtml(title)}">`)
      .join("");
    // The first one: those that follow say how sure it is.
    const shown = table && found.tables?.find(table);
    const right = drawn + (shown ? `<div class="wide">${shown.html}</div>` : "");
    return [
      `<h2 id="${slug}">${item}</h2><div class="pair"><div>${left}</div><div>${right || "not drawn"}</div></div>`,
    ];
  });
  const none =
    originals.size === 0
      ? "<p><strong>No pictures of the paper were given</strong> (<code>npm run reproduce -- --originals DIR</code>), so that only this reproduction is shown.</p>"
      : "";
  return page(
    "Beside the paper",
    `<p>Left the paper, right <a href="index.html">this reproduction</a>.</p>${none}${rows.join("")}`,
  );
}
