import type { Objective, ObjectiveSlot, ObjectiveValue, ResponseLogProbs } from "../objectives/index.ts";
import { OwnerGone } from "./control.ts";
import { TrainingError } from "./error.ts";
import type { FromTrainer, RemoteObjective, ToTrainer } from "./messages.ts";

/** Asks the objectives that stayed in the process which holds the run, one question at a time. */
export class RemoteObjectives {
  readonly #send: (message: FromTrainer) => boolean;
  #waiting: { name: string; resolve(value: ObjectiveValue): void; reject(error: Error): void } | null = null;

  /** @param send answers whether there is still someone to hear */
  constructor(send: (message: FromTrainer) => boolean) {
    this.#send = send;
  }

  objective(slot: ObjectiveSlot, of: RemoteObjective): Objective {
    return {
      ...of,
      value: (part: ResponseLogProbs) =>
        new Promise((resolve, reject) => {
          this.#waiting = { name: of.name, resolve, reject };
          if (!this.#send({ type: "weigh", slot, part })) this.ownerGone();
        }),
    };
  }

  hear(message: ToTrainer & { type: "weighed" }): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if ("value" in message) waiting?.resolve(message.value);
    else
      waiting?.reject(
        new TrainingError(`objective ${JSON.stringify(waiting.name)} failed: ${message.error}`),
      );
  }

  ownerGone(): void {
    this.#waiting?.reject(new OwnerGone("objective"));
    this.#waiting = null;
  }
}
