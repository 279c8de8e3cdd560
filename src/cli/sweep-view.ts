import type { Configuration, SweepSnapshot } from "../sweeps/index.ts";
import { digits } from "./show-number.ts";
import { aligned } from "./table.ts";

/** A sweep's way to its end, as a person sees it. */
export interface SweepView {
  show(snapshot: SweepSnapshot): void;
  /** Leaves the last view standing. */
  end(): void;
}

/** Plain lines are this far apart at least, in ms, unless a run has ended. */
const interval = 5000;

/** The view drawn over and over where there is a terminal, plain lines elsewhere. */
export function sweepViewOn(
  stream: NodeJS.WriteStream,
  env: Readonly<Record<string, string | undefined>>,
): SweepView {
  return stream.isTTY && env.TERM !== "dumb" ? drawn(stream) : lines((line) => stream.write(`${line}\n`));
}

function lines(write: (line: string) => void): SweepView {
  let told = -Infinity;
  let ended = -1;
  const failures = new Set<string>();
  return {
    show(snapshot) {
      const now = performance.now();
      for (const { run, error } of snapshot.failures) {
        const line = `run ${run} failed: ${error}`;
        if (!failures.has(line)) write(line);
        failures.add(line);
      }
      const done = snapshot.finished + snapshot.failed + snapshot.stopped;
      if (done === ended && now - told < interval) return;
      told = now;
      ended = done;
      write(counts(snapshot));
    },
    end() {},
  };
}

function drawn(stream: NodeJS.WriteStream): SweepView {
  let height = 0;
  return {
    show(snapshot) {
      // A terminal that does not say its size says 0.
      const [columns, rows] = [stream.columns || 100, stream.rows || 30];
      const all = viewLines(snapshot, rows - 2, columns - 1).map((line) => line.slice(0, columns - 1));
      // Up to where the last view began, and everything below away.
      const back = height > 0 ? `\x1b[${height}A\r\x1b[J` : "";
      stream.write(`${back}${all.join("\n")}\n`);
      height = all.length;
    },
    end() {
      height = 0;
    },
  };
}

/**
 * Counts, configurations (those on the front first, where there is no room for all) and the runs that go on.
 * @param most lines
 * @param width characters of a line; a table that is wider goes without its spreads, then without what matters least
 */
export function viewLines(snapshot: SweepSnapshot, most: number, width = Number.POSITIVE_INFINITY): string[] {
  const { configurations, runs, failures } = snapshot;
  const going = runs
    .slice(0, 8)
    .map(({ name, state, step, steps, note }) =>
      state === "preparing" ? `  ${name}: ${note ?? state}` : `  ${name}: step ${step} of ${steps}`,
    );
  const failed = failures.slice(-2).map(({ run, error }) => `  failed: ${run}: ${error}`);
  const room = Math.max(1, most - going.length - failed.length - 2);
  const shown =
    configurations.length <= room
      ? configurations
      : [...configurations].sort((a, b) => Number(b.onFront) - Number(a.onFront)).slice(0, room);
  return [counts(snapshot), ...table(shown, width), ...going, ...failed];
}

/** What a narrow terminal goes without, one after the other. */
const dispensable = [[], ["spread"], ["spread", "to ideal"], ["spread", "to ideal", "runs"]];

function table(shown: readonly Configuration[], width: number): string[] {
  let lines: string[] = [];
  for (const without of dispensable) {
    const rows = shown.map((one) => cells(one, !without.includes("spread")));
    const names = ["", "method", "λ", "k", "runs", "f_SFT", "f_DPO", "to ideal"];
    // Losses come with the first run that ends; a k or a distance that no run has never does.
    const kept = names.flatMap((name, i) =>
      without.includes(name) || (["k", "to ideal"].includes(name) && rows.every((row) => !row[i])) ? [] : i,
    );
    lines = aligned([names, ...rows].map((row) => kept.map((i) => row[i]!)));
    if (lines.every((line) => line.length <= width)) break;
  }
  return lines;
}

function cells(one: Configuration, spreads: boolean): string[] {
  const { method, lambda, k, finished, failed, sft, dpo, idealDistance, onFront } = one;
  const runs = failed > 0 ? `${finished} (${failed} failed)` : String(finished);
  const numbers = [sft, dpo, idealDistance].map((value) => {
    if (!value) return "";
    const spread = value.deviation === null || !spreads ? "" : ` ±${value.deviation.toPrecision(2)}`;
    return `${digits(value.mean)}${spread}`;
  });
  return [onFront ? "*" : "", method, String(lambda ?? ""), String(k ?? ""), runs, ...numbers];
}

function counts({ state, total, finished, ...others }: SweepSnapshot): string {
  const parts = [`${finished} of ${total} runs finished`];
  if (others.going > 0) parts.push(`${others.going} going on`);
  for (const name of ["waiting", "paused", "stopped", "failed"] as const)
    if (others[name] > 0) parts.push(`${others[name]} ${name}`);
  return `${state}: ${parts.join(", ")}`;
}
