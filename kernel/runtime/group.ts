/**
 * Ends a process and the processes that it has started (unless they have made themselves independent): it leads a
 * process group of its own. On Windows, where there are no groups, the process alone.
 */
export function endGroup(pid: number): void {
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch {
    // ESRCH: nothing of it is left.
  }
}
