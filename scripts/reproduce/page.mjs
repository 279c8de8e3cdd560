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
.failed,.stale{color:#c62828;font-weight:600}.pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem}.pair img{max-width:100%;background:#fff}
.room{border:2px dashed #888;border-radius:4px;min-height:14rem;display:grid;place-items:center;color:GrayText;padding:1rem;text-align:center}`;

export const escapeHtml = (text) =>
  String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

const page = (title, body) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${style}</style><body><h1>${escapeHtml(title)}</h1>${body}</body></html>\n`;

export function summary(results) {
  const count = { held: 0, "not held": 0, failed: 0, stale: 0 };
  for (const { claims } of results) for (const claim of claims) count[standing(claim)]++;
  return count;
}

/** @param {{ results: any[], versions: Record<string, string>, date: string }} report */
export function indexHtml({ results, versions, date }) {
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
      )}. <a href="comparison.html">Beside the paper's own figures</a>.</p>${sections.join("")}<h2>With</h2><table>${facts.join("")}</table>`,
  );
}

/** The figures of the paper that these notebooks redraw; `ours` picks from a notebook's figures. */
const items = [
  {
    item: "Figure 1",
    slug: "figure-1",
    notebook: "03-pythia",
    ours: (f) => f.view === "bars" || (f.view === "objective" && f.heading.startsWith("All")),
  },
  {
    item: "Figure 2",
    slug: "figure-2",
    notebook: "01-toy",
    ours: (f) => f.title === "Figure 2" && f.heading.startsWith("Figure 2"),
  },
  {
    item: "Figure 3",
    slug: "figure-3",
    notebook: "03-pythia",
    ours: (f) => f.title === "Figure 3",
  },
  {
    item: "Figure 4",
    slug: "figure-4",
    notebook: "06-max-evaluation-step",
    ours: (f) => f.title === "Figure 4",
  },
  { item: "Figure 5", slug: "figure-5", notebook: "02-theory", ours: (f) => f.title === "Figure 5" },
  {
    item: "Figure 7",
    slug: "figure-7",
    notebook: "04-pythia-sft-first",
    ours: (f) => f.title === "Figure 7",
  },
  { item: "Figure 8", slug: "figure-8", notebook: "07-llama", ours: (f) => f.title === "Figure 8" },
];

/** @param {Map<string, string>} originals the pictures that were given, by slug: file names relative to the page */
export function comparisonHtml({ results }, originals) {
  const rows = items.flatMap(({ item, slug, notebook, ours }) => {
    const found = results.find((result) => result.notebook === notebook);
    if (!found) return [];
    const given = originals.get(slug);
    const left = given
      ? `<img src="${escapeHtml(given)}" alt="${item} of the paper">`
      : `<div class="room">Room for ${item} of the paper: give its picture as ${slug}.png in the folder of --originals</div>`;
    const right = found.figures
      .filter(ours)
      .map(({ file, title }) => `<img src="${file}.svg" alt="${escapeHtml(title)}">`)
      .join("");
    return [`<h2>${item}</h2><div class="pair"><div>${left}</div><div>${right || "not drawn"}</div></div>`];
  });
  return page(
    "Beside the paper",
    `<p>Left the paper, right <a href="index.html">this reproduction</a>.</p>${rows.join("")}`,
  );
}

export const slugs = items.map(({ slug }) => slug);
