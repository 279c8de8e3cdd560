import { Script } from "node:vm";
import { jsonSafe, toBundle } from "./bundle.ts";
import { Display } from "./display.ts";
import { type Execution, Interrupted, wait, waitEach, within } from "./execution.ts";
import { importModule, loadImports, meta } from "./imports.ts";
import { invokeMagic } from "./invoke.ts";
import type { Order, Outcome } from "./messages.ts";
import { report } from "./report.ts";
import { pauseInterrupted } from "./runs.ts";
import { stop, stopFlag } from "./stop-flag.ts";
import { cellFile, errorContent, rememberCell } from "./traceback.ts";
import { box, changed } from "./variables.ts";

/** Where a cell's code finds what the kernel gives it. */
const SCOPE = Symbol.for("alright.cell");

/** Runs one cell to its end and says how it went; its output has been sent by then. */
export async function runCell(
  order: Extract<Order, { type: "execute" }>,
  execution: Execution,
): Promise<Outcome> {
  const { cell } = order;
  rememberCell(cell);
  const before = cell.declared.map((name) => box(name).v);
  let outcome: Outcome;
  try {
    const value = await within(execution, async () => {
      await execution.race(loadImports(cell.imports));
      return evaluate(order, execution);
    });
    await execution.race(Promise.all(execution.showing));
    const result =
      value === undefined || value instanceof Display
        ? undefined
        : await within(execution, () => toBundle(value));
    const shown = result && { data: jsonSafe(result.data), metadata: result.metadata };
    // It goes with the outcome, but for what the end of the cell still prints below it.
    const isReported = shown && order.publish && execution.onEnd.length > 0;
    if (isReported) {
      const content = { execution_count: order.count, ...shown };
      report({ type: "publish", parent: order.parent, kind: "execute_result", content });
    }
    outcome = {
      status: "ok",
      assigned: cell.declared,
      payload: execution.payload,
      ...(shown && { result: shown, isReported }),
    };
  } catch (error) {
    outcome = {
      status: "error",
      assigned: changed(cell.declared, before),
      ...errorContent(await interruption(error, execution)),
    };
  }
  within(execution, () => {
    for (const ended of execution.onEnd) ended();
  });
  return outcome;
}

/** The value of the cell's last expression. */
async function evaluate(order: Extract<Order, { type: "execute" }>, execution: Execution): Promise<unknown> {
  const { cell } = order;
  const scope = {
    box,
    wait,
    waitEach,
    flag: stopFlag,
    stop,
    import: importModule,
    meta,
    magic: (index: number, values: readonly unknown[]) => invokeMagic(cell.magics[index]!, values, execution),
  };
  const script = new Script(cell.code, { filename: cellFile(cell.id), lineOffset: -1 });
  (globalThis as Record<symbol, unknown>)[SCOPE] = scope;
  return script.runInThisContext({ breakOnSigint: true, displayErrors: false });
}

/** An interrupt pauses the runs that the cell waits for; any other error is what it is. */
async function interruption(error: unknown, execution: Execution): Promise<unknown> {
  // SIGINT in synchronous code surfaces as Node's own error.
  const signalled = (error as { code?: string } | null)?.code === "ERR_SCRIPT_EXECUTION_INTERRUPTED";
  if (!signalled && !(error instanceof Interrupted)) return error;
  const interrupted = signalled ? new Interrupted() : (error as Interrupted);
  if (signalled) interrupted.stack = "";
  return pauseInterrupted(execution, interrupted);
}
