import { TrainingError } from "./error.ts";

/** What is asked of a running trainer; carried out between two steps, and answered when it is done. */
export interface ControlRequest {
  readonly kind: "pause" | "stop" | "steer";
  /** Why it pauses. */
  readonly reason?: string;
  readonly options?: Readonly<Record<string, number>>;
  /** Called once: with an error where it could not be done. */
  readonly settle: (error?: string) => void;
}

/** The requests that wait for the end of the current step. */
export class Control {
  #waiting: ControlRequest[] = [];

  push(request: ControlRequest): void {
    this.#waiting.push(request);
  }

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  take(): ControlRequest[] {
    return this.#waiting.splice(0);
  }

  /** During preparation: nothing to steer yet; pause and stop end it. */
  checkPreparation(): void {
    const requests = this.take();
    const ending = requests.find(({ kind }) => kind !== "steer");
    for (const request of requests)
      if (request.kind === "steer") request.settle("the run is still preparing; steer it once it runs");
    if (!ending) return;
    for (const request of requests) if (request !== ending && request.kind !== "steer") request.settle();
    throw new Interrupted(ending);
  }
}

/** The process that holds the method (or an objective) is gone, so there is no next decision (or loss). */
export class OwnerGone extends TrainingError {
  constructor(what: "method" | "objective") {
    super(`the process that holds the ${what} has ended`);
  }
}

/** Preparation was ended by a request. */
export class Interrupted extends TrainingError {
  readonly request: ControlRequest;
  constructor(request: ControlRequest) {
    super(request.reason ?? request.kind);
    this.request = request;
  }
}
