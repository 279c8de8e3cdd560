import { type ChildProcess, spawn } from "node:child_process";
import { type Execution, Interrupted, within } from "../runtime/execution.ts";
import { write } from "../runtime/streams.ts";

/** A command that ended otherwise than well. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** Why a shell may not know a word: `const x = !done` without a variable `done` is taken for a command. */
const UNKNOWN = ": there is no such command, and no variable whose negation it could be";

/** How long an interrupted command may take to end, in ms; then it is killed. The user process itself has 3 s. */
const PATIENCE = 1000;

/**
 * Runs a program in the notebook's folder, its output sent to the cell as it comes. An interrupt ends the program, with
 * all that it started.
 *
 * @param stdout what takes its output instead of the cell; where it throws, the program is ended
 * @throws CommandError when its exit code is not 0; Interrupted after an interrupt; what `stdout` threw
 */
export async function runCommand(
  program: string,
  values: readonly string[],
  execution: Execution,
  { shell, stdout }: { shell: boolean; stdout?: (text: string) => void },
): Promise<void> {
  // A group of its own, so that what it starts can be ended with it.
  const group = process.platform !== "win32";
  const child = spawn(program, values, { shell, detached: group, stdio: ["ignore", "pipe", "pipe"] });
  let refused: unknown;
  const taken = (text: string) => {
    if (refused) return;
    try {
      stdout!(text);
    } catch (error) {
      refused = error;
      end(child, group, "SIGKILL");
    }
  };
  for (const name of ["stdout", "stderr"] as const) {
    const shown = (text: string) => within(execution, () => write(name, text));
    child[name]!.setEncoding("utf8").on("data", name === "stdout" && stdout ? taken : shown);
  }
  let timer: NodeJS.Timeout | undefined;
  const interrupted = () => {
    end(child, group, "SIGINT");
    timer = setTimeout(() => end(child, group, "SIGKILL"), PATIENCE);
  };
  if (execution.signal.aborted) interrupted();
  execution.signal.addEventListener("abort", interrupted, { once: true });
  const leave = () => end(child, group, "SIGKILL");
  process.once("exit", leave);
  try {
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve([code, signal]));
    });
    if (execution.signal.aborted) throw new Interrupted();
    if (refused) throw refused;
    if (code !== 0) {
      const line = [program, ...values].join(" ");
      const why = signal ? `signal ${signal}` : `exit code ${code}`;
      // What a shell says of a name that it does not know.
      const unknown = shell && code === 127;
      throw new CommandError(`${line} ended with ${why}${unknown ? UNKNOWN : ""}`);
    }
  } finally {
    clearTimeout(timer);
    execution.signal.removeEventListener("abort", interrupted);
    process.off("exit", leave);
  }
}

/** Also where the program itself has ended: what it left in the background still holds its output. */
function end(child: ChildProcess, group: boolean, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (group) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // All of it has ended by itself.
  }
}
