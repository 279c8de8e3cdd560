import { criterionReached } from "../evaluation/stopping.ts";
import type { Answer } from "../methods/method.ts";
import type { RunEvent, Usage } from "../runs/events.ts";
import type { OptionTable, OptionValues } from "../runs/options.ts";
import type { Specification } from "../runs/specification.ts";
import { type Control, type ControlRequest, OwnerGone } from "./control.ts";
import { answer, type Carried, type DecisionExecutor, orFormula } from "./decisions.ts";
import { TrainingError } from "./error.ts";
import { peakResident } from "./memory-watch.ts";
import { checkReplayed, isRecorded, recordedAnswer } from "./replay.ts";
import type { DecisionSource } from "./source.ts";
import { checkSteering } from "./steering.ts";
import type { Task } from "./task.ts";

/** How long the loop may go on, in ms, before others in its process get their turn. */
const turn = 20;

export type Outcome = "paused" | "stopped" | "steps" | "criterion" | "method";

export interface LoopOptions {
  readonly task: Task;
  readonly executor: DecisionExecutor;
  readonly source: DecisionSource;
  readonly specification: Specification;
  readonly steps: number;
  readonly options: OptionTable;
  readonly control: Control;
  /** Writes an event; `step` and `time` are added here. */
  readonly emit: (event: RunEvent, durable?: boolean) => void;
  /** Writes a checkpoint of the current step. */
  readonly checkpoint: () => Promise<void>;
  /** After each turn: time to send what has gathered. */
  readonly breathe: () => void;
  /** What the process used since it was last asked. */
  readonly usage?: () => Usage | null;
}

type Told = Carried["event"];

/** Decisions, evaluations and checkpoints of one run, and its control between two steps. */
export class TrainingLoop {
  readonly #of: LoopOptions;
  readonly #values: OptionValues<OptionTable>;
  /** Steering by the step before which it acts. */
  readonly #steered = new Map<number, Record<string, number>>();
  #answer: Answer = answer({});
  #lastEvaluated = -1;
  #criterion = false;
  #between = true;
  #lastTurn = performance.now();
  #ending: ControlRequest | null = null;

  constructor(of: LoopOptions) {
    this.#of = of;
    const { name: _, ...values } = of.specification.method;
    this.#values = values as OptionValues<OptionTable>;
  }

  get #step(): number {
    return this.#of.executor.step;
  }

  /**
   * Feeds the method every recorded answer, and so brings it to where it was at a checkpoint.
   * @param events of the run up to the checkpoint; kept `steered` events of later steps act again at theirs
   * @throws TrainingError naming the step where the method now decides otherwise
   */
  async replay(events: readonly RunEvent[], step: number): Promise<void> {
    for (const event of events)
      if (event.type === "steered")
        this.#steered.set(event.step, { ...this.#steered.get(event.step), ...event.options });
    let done = 0;
    let fresh = true;
    for (const event of events) {
      if (event.type === "evaluated" && event.step <= step) this.#lastEvaluated = event.step;
      if (!isRecorded(event)) continue;
      if (event.step > step) break;
      if (fresh) this.#applySteering(done + 1);
      checkReplayed(await this.#of.source.next(this.#answer, this.#values), event, done + 1);
      this.#answer = recordedAnswer(event);
      fresh = event.type === "step";
      if (fresh) done++;
    }
    if (done !== step)
      throw new TrainingError(`events.jsonl records ${done} steps up to the checkpoint of step ${step}`);
    this.#of.executor.step = step;
  }

  /** Goes on until the steps are made, the method ends, the criterion holds, or someone pauses or stops the run. */
  async run(): Promise<Outcome> {
    const { executor, source, steps } = this.#of;
    // At the start, and where a run was left before the evaluation that was due.
    if (this.#step % this.#of.specification.evaluation.every === 0 && this.#lastEvaluated !== this.#step) {
      await this.#evaluate();
      if (this.#criterion) return this.#end("criterion");
    }
    for (;;) {
      if (this.#between) {
        const outcome = await this.#betweenSteps();
        if (outcome) return outcome;
        if (this.#step >= steps) return this.#end("steps");
        this.#applySteering(this.#step + 1);
      }
      const asked = source.next(this.#answer, this.#values);
      const decision = asked instanceof Promise ? await asked : asked;
      if (decision === null) return this.#end("method");
      if (decision.kind === "stage" && this.#lastEvaluated !== this.#step) await this.#evaluate();
      const carrying = executor.carryOut(decision);
      const carried = carrying instanceof Promise ? await carrying : carrying;
      this.#answer = carried.answer;
      this.#emit(carried.event, carried.event.type === "step" ? this.#step : this.#step + 1);
      this.#between = carried.event.type === "step";
      if (this.#between) {
        const due = this.#due();
        if (due) await due;
        if (this.#criterion) return this.#end("criterion");
      }
    }
  }

  /** Whether a step is complete, so that a checkpoint holds all there is. */
  get betweenSteps(): boolean {
    return this.#between;
  }

  /**
   * What becomes of a run whose `run()` failed: it pauses where its owner is gone, as if the step under way had not
   * begun. Any other error is thrown on.
   */
  abandon(error: unknown): Outcome {
    if (!(error instanceof OwnerGone)) throw error;
    this.#of.executor.undraw();
    this.#ending = pauseOf(error);
    return "paused";
  }

  /** The request that paused or stopped the run, to be settled once all is written. */
  get ending(): ControlRequest | null {
    return this.#ending;
  }

  // A promise only where there is something to wait for: most steps of the toy have nothing.
  #due(): Promise<void> | null {
    const { evaluation, checkpoint } = this.#of.specification;
    const evaluate = this.#step % evaluation.every === 0 || this.#step === this.#of.steps;
    const save = this.#step % checkpoint.every === 0 && this.#step < this.#of.steps;
    if (!evaluate && !save) return null;
    return (async () => {
      if (evaluate) await this.#evaluate();
      if (save) await this.#of.checkpoint();
    })();
  }

  async #end(outcome: Outcome): Promise<Outcome> {
    if (this.#lastEvaluated !== this.#step) await this.#evaluate();
    return outcome;
  }

  async #betweenSteps(): Promise<Outcome | null> {
    if (performance.now() - this.#lastTurn > turn) {
      this.#of.breathe();
      await new Promise((resolve) => setImmediate(resolve));
      this.#lastTurn = performance.now();
    }
    if (this.#of.control.empty) return null;
    let ending: ControlRequest | null = null;
    for (const request of this.#of.control.take()) {
      if (request.kind === "steer") this.#steer(request);
      else if (ending) request.settle();
      else ending = request;
    }
    if (!ending) return null;
    this.#ending = ending;
    return ending.kind === "pause" ? "paused" : this.#end("stopped");
  }

  #steer(request: ControlRequest): void {
    const { options, specification } = this.#of;
    try {
      const checked = checkSteering(request.options ?? {}, options, specification.method.name);
      const step = this.#step + 1;
      this.#steered.set(step, { ...this.#steered.get(step), ...checked });
      this.#emit({ type: "steered", options: checked }, step, true);
      request.settle();
    } catch (error) {
      request.settle((error as Error).message);
    }
  }

  #applySteering(step: number): void {
    const options = this.#steered.get(step);
    if (options) Object.assign(this.#values, options);
  }

  async #evaluate(): Promise<void> {
    const { task, specification, emit } = this.#of;
    const evaluating = task.evaluate();
    const losses = evaluating instanceof Promise ? await evaluating : evaluating;
    for (const [objective, loss] of Object.entries(losses))
      if (!Number.isFinite(loss))
        throw new TrainingError(
          `step ${this.#step}: the ${objective} loss on the evaluation rows is ${loss}; lower optimizer.learningRate (now ${specification.optimizer.learningRate})${orFormula(specification, objective)}`,
        );
    this.#lastEvaluated = this.#step;
    const only = task.parameters.length === 1 ? task.parameters[0]!.data : null;
    const theta = only?.length === 2 ? { theta: [only[0]!, only[1]!] as [number, number] } : {};
    const peakMemory = peakResident();
    const time = new Date().toISOString();
    const usage = this.#of.usage?.();
    emit({
      type: "evaluated",
      step: this.#step,
      time,
      losses,
      ...theta,
      peakMemory,
      ...(usage ? { usage } : {}),
    });
    this.#criterion = this.#step > 0 && criterionHolds(specification, losses);
  }

  #emit(event: Told | { type: "steered"; options: Record<string, number> }, step: number, durable = false) {
    const { type, ...rest } = event;
    this.#of.emit({ type, step, time: new Date().toISOString(), ...rest } as RunEvent, durable);
  }
}

/** The pause that an owner's end is. */
export function pauseOf({ message }: OwnerGone): ControlRequest {
  return { kind: "pause", reason: message, settle: () => {} };
}

/** The stopping criterion (D.2) of the joint methods; Sequential has none, as in the paper. */
function criterionHolds(
  { stop, ideal, method }: Specification,
  losses: Readonly<Record<string, number>>,
): boolean {
  const { dpo, sft } = losses;
  if (!stop || dpo === undefined || sft === undefined || method.name === "sequential") return false;
  return criterionReached({ dpo, sft }, stop, ideal === "runs" ? null : ideal) !== null;
}
