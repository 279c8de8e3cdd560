/** What the system commonly ends a process for by this signal, to stand after the signal's name; "" where nothing is known. */
export function signalCause(signal: string | null): string {
  if (signal === "SIGKILL") return " (a system short of memory does that)";
  // Node aborts where a thread can't be started or memory can't be mapped, mostly without a word.
  if (signal === "SIGABRT")
    return " (Node does that where it gets no thread or no memory: see ulimit -u and -v)";
  return "";
}
