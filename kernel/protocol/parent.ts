/** How often it is looked for, in ms. */
const EVERY = 1000;

/**
 * Calls `gone` once the process that started this one has ended: a killed Jupyter server sends no shutdown request, and
 * nobody could reach its kernels again. Only where the starter said who it is (`JPY_PARENT_PID`, as for ipykernel) and
 * is the parent: below `nohup` or another wrapper a kernel outlives it.
 */
export function watchParent(named: string | undefined, gone: () => void): void {
  const parent = process.ppid;
  if (parent <= 1 || named === undefined || Number(named) !== parent) return;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, EVERY);
  timer.unref();
}
