import { Console } from "node:console";
import { currentExecution } from "./execution.ts";
import { report } from "./report.ts";
import { stopWhereUnheard } from "./stop-flag.ts";

type Name = "stdout" | "stderr";

/** Executions whose header the kernel process has been told. */
const told = new Set<number>();

/**
 * Text for the cell that is running. It goes to the kernel process at once, which sends it on together with what else
 * comes within 50 ms: a timer here would not fire while a cell spins.
 */
export function write(stream: Name, text: string): void {
  if (text === "") return;
  stopWhereUnheard();
  const execution = currentExecution();
  if (!execution) return;
  // A comm message's execution has no id of its own.
  const isNew = execution.id < 0 || !told.has(execution.id);
  if (isNew) told.add(execution.id);
  report({
    type: "stream",
    execution: execution.id,
    name: stream,
    text,
    ...(isNew && { parent: execution.parent }),
  });
}

/** Sends what is written to standard output and error as stream messages. */
export function captureStreams(): void {
  for (const stream of ["stdout", "stderr"] as const) {
    process[stream].write = ((chunk: string | Uint8Array, encoding?: unknown, done?: unknown) => {
      write(stream, typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"));
      const callback = typeof encoding === "function" ? encoding : done;
      if (typeof callback === "function") process.nextTick(callback as () => void);
      return true;
    }) as typeof process.stdout.write;
  }
  // Node's own console swallows what `write` throws.
  const { stdout, stderr } = process;
  Object.assign(console, new Console({ stdout, stderr, ignoreErrors: false }));
}
