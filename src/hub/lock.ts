import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { HubError } from "./error.ts";

/** The holder touches its lock this often; one that was not touched for this long is nobody's (milliseconds). */
const heartbeat = 5000;
const usuallyStaleAfter = 30_000;
const poll = 150;

/**
 * Does something while no other process does it: the lock is a file that says who holds it. It is taken over where its
 * holder is gone: at once if it was a process of this machine, else when it has not been touched for a while. (Node has no
 * `flock`, which frees itself.)
 *
 * @param held gets a signal that is aborted should the lock be taken over all the same
 * @param waiting is called now and then while another one holds it
 * @param staleAfter milliseconds without a touch, where the holder's event loop may stand still for longer than usual
 */
export async function whileLocked<T>(
  file: string,
  signal: AbortSignal,
  held: (lost: AbortSignal) => Promise<T>,
  waiting: () => void | Promise<void> = () => {},
  staleAfter = usuallyStaleAfter,
): Promise<T> {
  const mine = JSON.stringify({ host: hostname(), pid: process.pid, key: randomBytes(8).toString("hex") });
  await mkdir(dirname(file), { recursive: true });
  while (!(await take(file, mine, staleAfter))) {
    signal.throwIfAborted();
    await waiting();
    await sleep(poll);
  }
  const lost = new AbortController();
  const beat = setInterval(async () => {
    const now = new Date();
    const there = await readFile(file, "utf8").catch(() => null);
    if (there === mine) await utimes(file, now, now).catch(() => {});
    else lost.abort(new HubError(`${file}: another process has taken this lock over; start it again`));
  }, heartbeat);
  beat.unref();
  try {
    return await held(lost.signal);
  } finally {
    clearInterval(beat);
    if ((await readFile(file, "utf8").catch(() => null)) === mine) await rm(file, { force: true });
  }
}

async function take(file: string, mine: string, staleAfter: number): Promise<boolean> {
  // The lock appears with its holder's name in it: written beside, then linked, which fails where there is one.
  const beside = `${file}.${randomBytes(4).toString("hex")}`;
  await writeFile(beside, mine);
  try {
    return (await create(beside, file)) || ((await freed(file, staleAfter)) && (await create(beside, file)));
  } finally {
    await rm(beside, { force: true });
  }
}

async function create(beside: string, file: string): Promise<boolean> {
  try {
    await link(beside, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    // File systems without hard links.
    if (code !== "EPERM" && code !== "ENOSYS" && code !== "EOPNOTSUPP") throw error;
    return writeFile(file, await readFile(beside), { flag: "wx" }).then(
      () => true,
      (other: NodeJS.ErrnoException) => {
        if (other.code === "EEXIST") return false;
        throw other;
      },
    );
  }
}

/** Takes a lock away from a holder that is gone. */
async function freed(file: string, staleAfter: number): Promise<boolean> {
  const holder = await readFile(file, "utf8").catch(() => null);
  if (holder === null) return true;
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
  if (isHere(holder) && Date.now() - mtimeMs < staleAfter) return false;
  // Two may find it stale; the second must not take away what the first has made of it.
  const away = `${file}.${randomBytes(4).toString("hex")}`;
  if (
    !(await rename(file, away).then(
      () => true,
      () => false,
    ))
  )
    return false;
  const was = await readFile(away, "utf8").catch(() => null);
  if (was !== holder) await link(away, file).catch(() => {});
  await rm(away, { force: true });
  return was === holder;
}

/** Whether a holder may be at work: a process of another machine always may. */
function isHere(holder: string): boolean {
  try {
    const { host, pid } = JSON.parse(holder) as { host: string; pid: number };
    if (host !== hostname()) return true;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
