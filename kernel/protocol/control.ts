import type { ControlReply, ControlRequest, RunSnapshot } from "../../src/runs/snapshot.ts";
import type { UserProcess } from "../runtime/process.ts";
import type { Content } from "./message.ts";

const ACTIONS = ["pause", "resume", "stop", "steer", "snapshots"];
/** How long the user process may take to hear a request before the front end is told that it is busy, in ms. */
const PATIENCE = 1000;

/** The comm target `alright.control`: steers runs from the front end and hands out their last snapshots. */
export class Control {
  readonly #user: UserProcess;
  readonly #snapshots = new Map<string, RunSnapshot>();
  readonly #directories = new Map<string, string>();
  /** Runs whose user process was lost: where they stand is read from their directories. */
  readonly #orphans = new Set<string>();
  readonly #waiting = new Map<number, { settle(reply: ControlReply): void; timer: NodeJS.Timeout }>();
  #next = 1;

  constructor(user: UserProcess) {
    this.#user = user;
  }

  keep(snapshot: RunSnapshot, directory: string): void {
    this.#orphans.delete(snapshot.runId);
    this.#remember(snapshot, directory);
  }

  #remember(snapshot: RunSnapshot, directory: string): void {
    this.#directories.set(snapshot.runId, directory);
    const known = this.#snapshots.get(snapshot.runId);
    if (!known || snapshot.seq >= known.seq) this.#snapshots.set(snapshot.runId, snapshot);
  }

  forget(runId: string): void {
    for (const kept of [this.#snapshots, this.#directories, this.#orphans]) kept.delete(runId);
  }

  settle(id: number, reply: ControlReply): void {
    const waiting = this.#waiting.get(id);
    clearTimeout(waiting?.timer);
    waiting?.settle(reply);
    this.#waiting.delete(id);
  }

  /** The user process is at it: a pause takes as long as its checkpoint. */
  heard(id: number): void {
    clearTimeout(this.#waiting.get(id)?.timer);
  }

  lost(): void {
    for (const [id, { state }] of this.#snapshots)
      if (state === "running" || state === "preparing") this.#orphans.add(id);
    for (const id of [...this.#waiting.keys()]) {
      this.settle(id, {
        ok: false,
        error: "the process that held the run was lost; %resume ID goes on with it",
      });
    }
  }

  async answer(data: Content): Promise<ControlReply> {
    const { action, runId, lambda } = data ?? {};
    if (!ACTIONS.includes(action)) {
      return {
        ok: false,
        error: `unknown action ${JSON.stringify(action)}; expected one of ${ACTIONS.join(", ")}`,
      };
    }
    if (action === "snapshots") {
      for (const id of this.#orphans) await this.#readAgain(id);
      const all = [...this.#snapshots.values()];
      return { ok: true, snapshots: runId === undefined ? all : all.filter((one) => one.runId === runId) };
    }
    if (typeof runId !== "string" || !this.#snapshots.has(runId)) {
      return {
        ok: false,
        error: `unknown run ${JSON.stringify(runId)}; this session's runs: ${[...this.#snapshots.keys()].join(", ") || "none"}`,
      };
    }
    if (action === "steer" && !(typeof lambda === "number" && lambda >= 0 && lambda <= 1)) {
      return { ok: false, error: `lambda is ${JSON.stringify(lambda)}; expected a number in [0, 1]` };
    }
    return this.#forward({ action, runId, lambda });
  }

  /** The library's schemas are loaded with the first run that is read: an idle kernel needs none. */
  async #readAgain(id: string): Promise<void> {
    const directory = this.#directories.get(id)!;
    try {
      const { readSnapshot } = await import("../../src/runs/list.ts");
      this.#remember(readSnapshot(directory), directory);
    } catch {
      // Its directory may be gone; what was last known stays.
    }
  }

  /** Pauses a run past a busy user process: its trainer writes a checkpoint and ends on SIGTERM. */
  async #signal(runId: string): Promise<boolean> {
    const directory = this.#directories.get(runId);
    if (directory === undefined) return false;
    const { RunDirectory } = await import("../../src/runs/directory.ts");
    const trainer = new RunDirectory(directory).liveOwner();
    return trainer !== null && process.kill(trainer, "SIGTERM");
  }

  #forward(request: ControlRequest): Promise<ControlReply> {
    const id = this.#next++;
    return new Promise((resolve) => {
      const timer = setTimeout(async () => {
        if (request.action === "pause" && (await this.#signal(request.runId!)))
          return this.settle(id, { ok: true });
        // The order stays in the pipe: it is carried out once the cell lets go.
        this.settle(id, {
          ok: false,
          error: `the cell that runs keeps the process busy; "${request.action}" is carried out as soon as it lets go`,
        });
      }, PATIENCE);
      this.#waiting.set(id, { settle: resolve, timer });
      this.#user.send({ type: "control", id, request });
    });
  }
}
