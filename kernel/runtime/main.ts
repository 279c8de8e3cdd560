import type { Header } from "../protocol/message.ts";
import { newDisplay, display as tslabDisplay } from "../tslab/index.ts";
import { runCell } from "./cell.ts";
import { watchForChildren } from "./children.ts";
import { comms, receiveComm } from "./comms.ts";
import { answerControl } from "./control.ts";
import { clearOutput, display, displayKinds, page } from "./display.ts";
import { Execution, within } from "./execution.ts";
import { endGroup } from "./group.ts";
import { giveBackMemory, keepMemory } from "./idle-memory.ts";
import { cellRequire } from "./imports.ts";
import { input, prompt, settleInput } from "./input.ts";
import type { Order } from "./messages.ts";
import { report } from "./report.ts";
import { pauseRuns, runsOf } from "./runs.ts";
import { beginToEnd, lowerFlag, watchForInterrupts } from "./stop-flag.ts";
import { captureStreams, write } from "./streams.ts";
import { ownTimers } from "./timers.ts";
import { errorContent, mapStacks } from "./traceback.ts";

/** The user process: runs the cells, one at a time, for the kernel process at the other end of two pipes. */

captureStreams();
watchForChildren();
ownTimers();
mapStacks();
watchForInterrupts();
Object.assign(globalThis, {
  display: Object.assign(display, tslabDisplay, displayKinds),
  newDisplay,
  clearOutput,
  input,
  prompt,
  page,
  comms,
  require: cellRequire,
});

/** Seconds that a run may take to finish its step and write its checkpoint after an interrupt. */
const PAUSE = 120;
/** Seconds that any other code may take. */
const PLAIN = 3;

/** The cells that run: one, and those of subshells. */
const going = new Map<number, Execution>();

async function execute(order: Extract<Order, { type: "execute" }>): Promise<void> {
  const execution = new Execution(order);
  if (going.size === 0) lowerFlag(order.id);
  going.set(order.id, execution);
  keepMemory();
  const outcome = await runCell(order, execution);
  execution.running = false;
  going.delete(order.id);
  if (going.size === 0) giveBackMemory();
  report({ type: "done", id: order.id, outcome });
}

/** Ends all cells that the interrupt is meant for: those that had started by then. */
function interrupt(last: number): void {
  const meant = [...going.values()].filter(({ id }) => id <= last);
  if (meant.length === 0) return;
  const runs = meant.some((execution) => runsOf(execution).length > 0);
  report({ type: "interrupting", id: last, patience: runs ? PAUSE : PLAIN });
  for (const execution of meant) execution.interrupt();
}

/** Runs checkpoint and pause, and the process ends: when it is told to, and when the kernel process is gone. */
async function end(): Promise<void> {
  beginToEnd();
  report({ type: "ending" });
  for (const execution of going.values()) execution.interrupt();
  await pauseRuns();
  // The last listener: what cells have started ends with this process.
  process.on("exit", () => endGroup(process.pid));
  process.exit(0);
}

process.on("message", (order: Order) => {
  switch (order.type) {
    case "execute":
      void execute(order);
      break;
    case "interrupt":
      interrupt(order.id);
      break;
    case "input_reply":
      settleInput(order);
      break;
    case "comm": {
      const context = { id: -1, count: 0, parent: order.parent, silent: false, allowInput: false };
      try {
        within(new Execution(context), () => receiveComm(order));
      } finally {
        report({ type: "comm_done", id: order.id });
      }
      break;
    }
    case "control":
      report({ type: "control_heard", id: order.id });
      void answerControl(order.request).then((reply) =>
        report({ type: "control_reply", id: order.id, reply }),
      );
      break;
    case "shutdown":
      void end();
      break;
  }
});
process.on("disconnect", () => void end());

console.clear = () => clearOutput();

// With a handler the signal does not end the process; `breakOnSigint` stops synchronous cells.
process.on("SIGINT", () => {});
// What goes wrong after a cell has ended is told below that cell, and costs no variables.
for (const kind of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(kind, (error: unknown) => {
    if ((error as Error | null)?.name === "Interrupted") return;
    write("stderr", `${errorContent(error).traceback.join("\n")}\n`);
  });
}

/** A cell that nobody has written; after some of them the first real one finds everything loaded and compiled. */
async function practise(): Promise<void> {
  const nobody = { id: -1, count: 0, parent: {} as Header, silent: true, allowInput: false };
  const code = "\n(async () => 2)()";
  const cell = { id: -1, label: "", code, map: "{}", imports: [], declared: [], magics: [] };
  await runCell({ ...nobody, type: "execute", publish: false, cell }, new Execution(nobody));
}

/** After about as many V8 has compiled what every cell takes. */
const CELLS = 10;

for (let cells = 0; cells < CELLS; cells++) await practise();
