import type { DataSetDescription, Lengths, SampleRow } from "../../src/data/index.ts";
import type { DataDescription } from "../../src/training/describe-data.ts";
import type { Content } from "../protocol/message.ts";

/** Characters shown of a prompt or a response; the middle of a longer one is left out. */
const LONGEST = 1200;

const NAMES = { sft: "SFT", dpo: "DPO" } as const;

/** What `%data` shows: HTML that reads in light and dark themes, and plain text. */
export function descriptionBundle(about: DataDescription): Content {
  const sets = (["sft", "dpo"] as const).flatMap((name) => {
    const set = about[name];
    return set ? [{ name: NAMES[name], set }] : [];
  });
  return {
    "text/html": sets.map(({ name, set }) => setHtml(name, set, about)).join(""),
    "text/plain": sets.map(({ name, set }) => setText(name, set, about)).join("\n\n"),
  };
}

/** One fact a line. */
function facts(set: DataSetDescription, { model, onBadRow, heldOut }: DataDescription): string[] {
  const { tokens, tooLong, duplicates, bad, chat } = set;
  const spread = ({ total, median, percentile95, maximum }: Lengths) =>
    `median ${number(median)}, 95% up to ${number(percentile95)}, longest ${number(maximum)}, ${number(total)} in all`;
  const lines = [
    `${count(set.rows, "row")}: ${number(set.training)} to train on, ${number(set.evaluation)} to evaluate on (${heldOut ? "held out" : "trained on, too"})`,
    `tokens of a prompt: ${spread(tokens.prompt)}`,
    `tokens of a response: ${spread(tokens.response)} (${model}'s tokenizer)`,
    tooLong.count === 0
      ? `no row is longer than maxLength ${number(tooLong.maxLength)} tokens`
      : `${count(tooLong.count, "row")} longer than maxLength ${number(tooLong.maxLength)} tokens: ${TREATMENT[tooLong.treatment]} (tooLong "${tooLong.treatment}")`,
    `duplicates: ${number(duplicates.training)} among training rows, ${number(duplicates.evaluation)} among evaluation rows; ${count(duplicates.across, "evaluation row")} trained on, ${number(duplicates.prompts)} whose prompt is`,
  ];
  if (chat)
    lines.push(
      `${count(chat.rows, "row")} of chat messages, written by ${chat.by === "template" ? "the specification's template: the model has no chat template" : "the model's chat template"}`,
    );
  if (bad.count > 0)
    lines.push(
      `${count(bad.count, "bad row")}: a run ${onBadRow === "stop" ? "stops at the first" : "skips them"} (onBadRow "${onBadRow}")`,
      ...bad.first.slice(0, 3).map((problem) => `  ${problem}`),
    );
  return lines;
}

const TREATMENT = { stop: "a run stops at the first", cut: "they are cut", skip: "they are skipped" };

function setText(name: string, set: DataSetDescription, about: DataDescription): string {
  const { width, counts } = set.tokens.row.histogram;
  const most = Math.max(...counts, 1);
  const bars = counts.map((rows, bin) => {
    const bar = "█".repeat(Math.round((40 * rows) / most)) || (rows > 0 ? "▏" : "");
    return `${binName(bin, width).padStart(12)} │${bar} ${number(rows)}`;
  });
  const rows = set.sample.map(
    (row) =>
      `${rowTitle(row)}\n${shorten(row.prompt.text)}${row.responses
        .map((one) =>
          row.responses.length > 1 ? `\n  ${one.name}: ⟦${shorten(one.text)}⟧` : `⟦${shorten(one.text)}⟧`,
        )
        .join("")}`,
  );
  return [
    `${name}: ${set.file}`,
    ...facts(set, about).map((line) => `  ${line}`),
    "  rows by tokens of prompt and longest response",
    ...bars,
    ...(rows.length > 0 ? ["  as the model sees them, responses in ⟦ ⟧", ...rows] : []),
  ].join("\n");
}

function setHtml(name: string, set: DataSetDescription, about: DataDescription): string {
  const { width, counts } = set.tokens.row.histogram;
  const most = Math.max(...counts, 1);
  const bars = counts.map((rows, bin) => {
    const bar = `<span style="display:inline-block;height:0.8em;width:${((200 * rows) / most).toFixed(1)}px;background:currentColor;opacity:0.55"></span>`;
    return `<tr><td style="text-align:right">${binName(bin, width)}</td><td style="text-align:left">${bar} ${number(rows)}</td></tr>`;
  });
  return [
    `<h4>${name}: ${escapeHtml(set.file)}</h4>`,
    `<ul>${facts(set, about)
      .map((line) => `<li>${escapeHtml(line)}</li>`)
      .join("")}</ul>`,
    `<table><thead><tr><th>tokens</th><th style="text-align:left">rows, by prompt and longest response</th></tr></thead><tbody>${bars.join("")}</tbody></table>`,
    ...(set.sample.length > 0 ? ["<p>As the model sees them, what is trained on marked:</p>"] : []),
    ...set.sample.map(rowHtml),
  ].join("");
}

function rowHtml(row: SampleRow): string {
  const responses = row.responses.map((one) => {
    const label = row.responses.length > 1 ? `<br><small>${one.name}</small> ` : "";
    const color = one.name === "rejected" ? "rgba(214, 96, 77, 0.3)" : "rgba(67, 147, 195, 0.3)";
    // No <mark>: where a notebook is not trusted, its black text stays black on a dark page.
    return `${label}<span style="background:${color}">${escapeHtml(shorten(one.text))}</span>`;
  });
  return `<p><small>${escapeHtml(rowTitle(row))}</small></p><pre style="white-space:pre-wrap;unicode-bidi:isolate">${escapeHtml(shorten(row.prompt.text))}${responses.join("")}</pre>`;
}

function rowTitle({ where, prompt, responses, cut }: SampleRow): string {
  const tokens = responses.map((one) => `${one.name} ${number(one.tokens)}`).join(", ");
  return `${where} (tokens: prompt ${number(prompt.tokens)}, ${tokens}${cut ? "; cut" : ""})`;
}

/** The token counts of a histogram's bin. */
function binName(bin: number, width: number): string {
  const from = number(bin * width);
  return width === 1 ? from : `${from}–${number((bin + 1) * width - 1)}`;
}

function shorten(text: string): string {
  if (text.length <= LONGEST) return text;
  const half = LONGEST / 2;
  return `${text.slice(0, half)}\n… ${number(text.length - LONGEST)} characters …\n${text.slice(-half)}`;
}

function count(rows: number, what: string): string {
  return `${number(rows)} ${what}${rows === 1 ? "" : "s"}`;
}

function number(value: number): string {
  return value.toLocaleString("en");
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
