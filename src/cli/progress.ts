import cliProgress from "cli-progress";
import type { RunSnapshot } from "../runs/snapshot.ts";
import { digits, duration } from "./show-number.ts";

/** A run's way to its end, as a person sees it. */
export interface Progress {
  show(snapshot: RunSnapshot): void;
  /** Ends the line that is drawn over, so that others can be written. */
  end(): void;
}

/** Plain lines are this far apart at least, in ms, unless the run's state changes. */
const interval = 2000;

/** A bar where there is a terminal to draw it over and over, plain lines elsewhere. */
export function progressOn(
  stream: NodeJS.WriteStream,
  env: Readonly<Record<string, string | undefined>>,
): Progress {
  return stream.isTTY && env.TERM !== "dumb" ? bar(stream) : lines((line) => stream.write(`${line}\n`));
}

function lines(write: (line: string) => void): Progress {
  let told = -Infinity;
  let last = "";
  return {
    show(snapshot) {
      const now = performance.now();
      const line = sentence(snapshot);
      const fresh = snapshot.state === "preparing" ? line : snapshot.state;
      if (fresh === last && now - told < interval) return;
      told = now;
      last = fresh;
      write(line);
    },
    end() {},
  };
}

function bar(stream: NodeJS.WriteStream): Progress {
  const drawn = new cliProgress.SingleBar({
    format: "{state} {bar} {value}/{total}{losses}{left}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 24,
    hideCursor: true,
    clearOnComplete: false,
    stream,
    fps: 10,
  });
  let note = "";
  let going = false;
  /** Where the run was when this process began to look. */
  let first: { step: number; at: number } | null = null;
  return {
    show(snapshot) {
      const { state, step, steps } = snapshot;
      if (state === "preparing") {
        if (snapshot.note && snapshot.note !== note) stream.write(`preparing: ${snapshot.note}\n`);
        note = snapshot.note ?? note;
        return;
      }
      const now = performance.now();
      first ??= { step, at: now };
      const made = step - first.step;
      const left = made > 0 ? ((steps - step) * (now - first.at)) / made / 1000 : null;
      const payload = {
        state,
        losses: losses(snapshot)
          .map((loss) => `, ${loss}`)
          .join(""),
        left: state === "running" && left !== null ? `, ${duration(left)} left` : "",
      };
      if (going) drawn.update(step, payload);
      else drawn.start(steps, step, payload);
      going = true;
    },
    end() {
      if (going) drawn.stop();
      going = false;
    },
  };
}

function sentence(snapshot: RunSnapshot): string {
  const { state, note, step, steps } = snapshot;
  if (state === "preparing") return `preparing: ${note ?? ""}`;
  return [`${state}: step ${step} of ${steps}`, ...losses(snapshot)].join(", ");
}

/** The losses evaluated last. */
function losses({ series }: RunSnapshot): string[] {
  return (["sft", "dpo"] as const).flatMap((objective) => {
    const loss = series[objective].at(-1);
    return typeof loss === "number" ? [`f_${objective.toUpperCase()} ${digits(loss)}`] : [];
  });
}
