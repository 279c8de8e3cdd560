import { weightedMedian } from "../evaluation/statistics.ts";
import type { RunEvent, StepEvent, Usage } from "./events.ts";
import { EvaluatedPath, exactly6, type Seen, TrainingLosses } from "./series.ts";
import type { RunSnapshot, RunState } from "./snapshot.ts";
import type { Specification } from "./specification.ts";

const mostSteered = 100;
const mostBytes = 25_000;

interface Point {
  readonly dpo: number;
  readonly sft: number;
}

/** What a run's trainer used; null where it is not known. */
export interface RunResources {
  /** Largest resident memory, in bytes. */
  readonly peakMemory: number | null;
  /** Medians of samples: percent of one core, resident bytes, percent of the GPU's time, bytes in use there. */
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly gpu: number | null;
  readonly gpuMemory: number | null;
}

/**
 * A run's snapshot, cumulative, from its events in order. The same events give the same snapshot, so that one built
 * from the run directory equals the one that the trainer sent.
 */
export class SnapshotBuilder {
  readonly #run: { id: string; specification: Specification };
  /** Events ever cut off by resuming (`cut.json`), and those added. */
  #seq: number;
  #state: RunState = "preparing";
  #note: string | null = null;
  #step = 0;
  #steps: number;
  readonly #lambda: number | null;
  #ideal: Point | null;
  #start: Point | null = null;
  readonly #path = new EvaluatedPath();
  readonly #training = new TrainingLosses();
  readonly #steered: { step: number; lambda: number }[] = [];
  #seconds = 0;
  #tokens = 0;
  #peakMemory: number | null = null;
  readonly #usage: Usage[] = [];

  constructor(run: { id: string; specification: Specification }, cut: number) {
    const { specification } = run;
    this.#run = run;
    this.#seq = cut;
    this.#steps = specification.steps ?? 0;
    this.#lambda = typeof specification.method.lambda === "number" ? specification.method.lambda : null;
    this.#ideal = typeof specification.ideal === "object" ? specification.ideal : null;
  }

  get state(): RunState {
    return this.#state;
  }
  get step(): number {
    return this.#step;
  }
  get steps(): number {
    return this.#steps;
  }
  /** Last evaluated losses, in full precision. */
  get losses(): { dpo?: number; sft?: number } {
    const { dpo = null, sft = null } = this.#path.last ?? {};
    return { ...(dpo === null ? {} : { dpo }), ...(sft === null ? {} : { sft }) };
  }
  get ideal(): Point | null {
    return this.#ideal;
  }
  get seconds(): number {
    return this.#seconds;
  }
  get tokens(): number {
    return this.#tokens;
  }

  /** Evaluated losses before the first step. */
  get start(): Point | null {
    return this.#start;
  }
  /** What the trainer used: its largest resident memory, and medians of samples over the whole run. */
  get resources(): RunResources {
    const over = (of: (usage: Usage) => number | null | undefined) =>
      weightedMedian(this.#usage.map((usage) => ({ value: of(usage) ?? null, weight: usage.samples })));
    return {
      peakMemory: this.#peakMemory,
      cpu: over(({ cpu }) => cpu),
      memory: over(({ memory }) => memory),
      gpu: over(({ gpu }) => gpu),
      gpuMemory: over(({ gpuMemory }) => gpuMemory),
    };
  }

  add(event: RunEvent): void {
    this.#seq++;
    switch (event.type) {
      case "preparing":
        this.#become("preparing", event.note);
        break;
      case "started":
        this.#steps = event.steps;
        if (event.ideal) this.#ideal = { dpo: event.ideal.dpo!, sft: event.ideal.sft! };
        this.#become("running");
        break;
      case "step":
        this.#step = event.step;
        this.#training.add(event.step, seenBy(event));
        this.#spend(event);
        break;
      case "measured":
        this.#spend(event);
        break;
      case "evaluated":
        this.#addEvaluated(event);
        break;
      case "steered":
        if (typeof event.options.lambda === "number")
          this.#steered.push({ step: event.step, lambda: event.options.lambda });
        if (this.#steered.length > mostSteered) this.#steered.shift();
        break;
      case "paused":
        this.#become("paused", event.reason);
        break;
      case "resumed":
        this.#become("running", event.note);
        break;
      case "finished":
        this.#become(event.reason === "stopped" ? "stopped" : "finished");
        break;
      case "failed":
        this.#become("failed", event.error);
        break;
    }
  }

  /**
   * The rest of the events can't be read.
   * @param lines that follow, the broken one included
   * @param ended the state that the run ended in, where it has
   */
  damaged(where: string, lines: number, ended?: RunState): void {
    this.#seq += lines;
    const advice = ended ? "" : "; resuming goes on from the last checkpoint before it";
    this.#become(ended ?? "paused", `${where} is damaged${advice}`);
  }

  /** A run whose last event is not an end, but whose trainer is gone. */
  abandoned(): void {
    if (this.#state === "preparing" || this.#state === "running")
      this.#become("paused", "its trainer ended without a word; it can be resumed");
  }

  /** Of 25 kB at most: what is too long has fewer points. */
  snapshot(): RunSnapshot {
    for (let thinned = 0; ; thinned++) {
      const path = this.#path.columns(Math.floor(thinned / 2));
      const training = this.#training.columns(Math.ceil(thinned / 2));
      const snapshot = this.#build({ ...path, ...training });
      if (JSON.stringify(snapshot).length <= mostBytes) return snapshot;
    }
  }

  #build(series: RunSnapshot["series"]): RunSnapshot {
    const { id, specification } = this.#run;
    return {
      runId: id,
      seq: this.#seq,
      name: (specification.name ?? defaultName(specification)).slice(0, 200),
      method: specification.method.name,
      lambda: this.#lambdaNow(),
      state: this.#state,
      note: this.#note === null ? null : this.#note.slice(0, 1000),
      step: this.#step,
      steps: this.#steps,
      ideal: shortened(this.#ideal),
      start: shortened(this.#start),
      series,
      steered: [...this.#steered],
      resources: {
        seconds: exactly6(this.#seconds),
        tokens: this.#tokens,
        peakMemory: this.#peakMemory,
      },
    };
  }

  #become(state: RunState, note: string | null = null): void {
    this.#state = state;
    this.#note = note;
  }

  #spend({ seconds, tokens }: { seconds: number; tokens: number }): void {
    this.#seconds += seconds;
    this.#tokens += tokens;
  }

  /** λ as it was last steered; a resumed run may have steering ahead of it. */
  #lambdaNow(): number | null {
    const acted = this.#steered.filter(({ step }) => step <= this.#step + 1);
    return acted.at(-1)?.lambda ?? this.#lambda;
  }

  #addEvaluated({ step, losses, theta, peakMemory, usage }: RunEvent & { type: "evaluated" }): void {
    if (usage) this.#usage.push(usage);
    const { dpo, sft } = losses;
    if (step === 0 && dpo !== undefined && sft !== undefined) this.#start = { dpo, sft };
    if (peakMemory !== undefined) this.#peakMemory = Math.max(this.#peakMemory ?? 0, peakMemory);
    this.#path.add({
      step,
      dpo: dpo ?? null,
      sft: sft ?? null,
      theta,
      seconds: this.#seconds,
      memory: usage?.memory ?? peakMemory ?? null,
    });
  }
}

/** `ALRIGHT λ=0.5`, `Sequential DPO → SFT`. */
export function defaultName({ method }: Specification): string {
  const title = { sequential: "Sequential", mix: "Mix", sft: "SFT", dpo: "DPO" }[method.name];
  const name = title ?? (/right$/.test(method.name) ? method.name.toUpperCase() : method.name);
  if (Array.isArray(method.order)) return `${name} ${method.order.join(" → ").toUpperCase()}`;
  return typeof method.lambda === "number" ? `${name} λ=${method.lambda}` : name;
}

/** Weights are those of a weighted sum, so DPO's part of a step is its part of them. */
function seenBy({ objective, weights, losses, rewards, logProbs }: StepEvent): Seen {
  const { dpo = 0, sft = 0 } = weights ?? {};
  const sum = Math.abs(dpo) + Math.abs(sft);
  const dpoShare =
    objective === undefined ? (sum > 0 ? Math.abs(dpo) / sum : undefined) : Number(objective === "dpo");
  return {
    dpo: losses.dpo,
    sft: losses.sft,
    dpoShare,
    chosen: logProbs?.chosen,
    rejected: logProbs?.rejected,
    margin: rewards?.margin,
  };
}

function shortened(point: Point | null): Point | null {
  return point && { dpo: exactly6(point.dpo), sft: exactly6(point.sft) };
}
