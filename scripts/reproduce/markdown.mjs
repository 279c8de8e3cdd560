// The report as Markdown: what index.html says, for whoever reads it in a terminal or in a repository.
import { standing } from "./outputs.mjs";
import { outcome, rerunHeading, summary } from "./page.mjs";

const cell = (text) =>
  String(text ?? "")
    .replaceAll("|", "\\|")
    .replaceAll("\n", " ");
const mark = { held: "✓ held", "not held": "✗ not held", failed: "✗ FAILED", stale: "! holds" };

export function markdown(report) {
  const { results, versions, date, reruns = [] } = report;
  const lines = ["# Reproduction", ""];
  const count = summary(results);
  lines.push(
    `${Object.entries(count)
      .map(([state, n]) => `${n} ${state}`)
      .join(", ")}.`,
    "",
  );
  for (const { notebook, seconds, claims, figures, error, differences } of results) {
    lines.push(`## ${notebook}`, "", `${seconds.toFixed(0)} s.`, "");
    if (error) lines.push("```", error, "```", "");
    if (differences?.length) lines.push(...differences.map((line) => `- differs: ${line}`), "");
    lines.push("| | item | claim | expected | here |", "| --- | --- | --- | --- | --- |");
    for (const claim of claims) {
      const why = claim.because ? ` (${claim.because})` : "";
      lines.push(
        `| ${[mark[standing(claim)], claim.item, claim.claim + why, claim.expected, claim.here].map(cell).join(" | ")} |`,
      );
    }
    lines.push("", ...figures.map(({ file, title }) => `![${cell(title)}](${file}.png)`), "");
  }
  if (reruns.length > 0) {
    lines.push("## Run again", "", rerunHeading(report), "");
    lines.push("| item | claim | run | outcome |", "| --- | --- | --- | --- |");
    for (const { claim, id, result } of reruns)
      lines.push(`| ${[claim?.item, claim?.claim, id, outcome(result)].map(cell).join(" | ")} |`);
    lines.push("");
  }
  lines.push(
    "## With",
    "",
    ...Object.entries({ date, ...versions }).map(([name, value]) => `- ${name}: ${value}`),
    "",
  );
  return lines.join("\n");
}
