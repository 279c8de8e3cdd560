import { newDisplay, display as tslabDisplay } from "../tslab/index.ts";
import { runCell } from "./cell.ts";
import { comms, receiveComm } from "./comms.ts";
import { answerControl } from "./control.ts";
import { clearOutput, display, displayKinds, page } from "./display.ts";
import { Execution, within } from "./execution.ts";
import { cellRequire } from "./imports.ts";
import { input, settleInput } from "./input.ts";
import type { Order } from "./messages.ts";
import { report } from "./report.ts";
import { pauseRuns, runsOf } from "./runs.ts";
import { isEnding, watchForInterrupts } from "./stop-flag.ts";
import { captureStreams, write } from "./streams.ts";
import { errorContent, mapStacks } from "./traceback.ts";

/** The user process: runs the cells, one at a time, for the kernel process at the other end of two pipes. */

captureStreams();
mapStacks();
watchForInterrupts();
Object.assign(globalThis, {
  display: Object.assign(display, tslabDisplay, displayKinds),
  newDisplay,
  clearOutput,
  input,
  page,
  comms,
  require: cellRequire,
});

/** Seconds that a run may take to finish its step and write its checkpoint after an interrupt. */
const PAUSE = 120;
/** Seconds that any other code may take. */
const PLAIN = 3;

let current: Execution | null = null;

async function execute(order: Extract<Order, { type: "execute" }>): Promise<void> {
  current = new Execution(order);
  const outcome = await runCell(order, current);
  current = null;
  report({ type: "done", id: order.id, outcome });
}

/** Runs checkpoint and pause, and the process ends: when it is told to, and when the kernel process is gone. */
async function end(): Promise<void> {
  isEnding();
  current?.interrupt();
  await pauseRuns();
  process.exit(0);
}

process.on("message", (order: Order) => {
  switch (order.type) {
    case "execute":
      void execute(order);
      break;
    case "interrupt":
      if (current?.id !== order.id) break;
      report({ type: "interrupting", id: order.id, patience: runsOf(current).length > 0 ? PAUSE : PLAIN });
      current.interrupt();
      break;
    case "input_reply":
      settleInput(order);
      break;
    case "comm": {
      const context = { id: -1, count: 0, parent: order.parent, silent: false, allowInput: false };
      within(new Execution(context), () => receiveComm(order));
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

// With a handler the signal does not end the process; `breakOnSigint` stops synchronous cells.
process.on("SIGINT", () => {});
// What goes wrong after a cell has ended is told below that cell, and costs no variables.
for (const kind of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(kind, (error: unknown) => {
    if ((error as Error | null)?.name === "Interrupted") return;
    write("stderr", `${errorContent(error).traceback.join("\n")}\n`);
  });
}

report({ type: "ready" });
