import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { syncPath, syncTree } from "../runs/durable.ts";
import { SaveError } from "./error.ts";

/** @throws SaveError unless nothing is there, or an empty directory */
export function checkPlace(directory: string): void {
  if (!existsSync(directory)) return;
  if (!statSync(directory).isDirectory()) throw new SaveError(`${directory} is a file; give a new directory`);
  const [first] = readdirSync(directory);
  if (first !== undefined)
    throw new SaveError(
      `${directory} is not empty (it has ${first}); nothing is overwritten: give a new directory`,
    );
}

/**
 * Makes a directory as a whole: filled beside its place, synced, then renamed there, so that it is never seen half
 * written. What a failure leaves is removed.
 *
 * @throws SaveError where something is there already, or it can't be written
 */
export async function placeDirectory(
  directory: string,
  fill: (beside: string) => Promise<void>,
): Promise<void> {
  checkPlace(directory);
  const parent = dirname(resolve(directory));
  const beside = join(parent, `.${basename(resolve(directory))}.${process.pid}.tmp`);
  // Also where the process is told to end in the middle.
  const remove = () => rmSync(beside, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    remove();
    mkdirSync(beside, { recursive: true });
    await fill(beside);
    syncTree(beside);
    // Renaming onto a directory works where that is empty; someone else's files are an error here, too.
    renameSync(beside, directory);
    syncPath(parent);
  } catch (error) {
    remove();
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined || typeof code !== "string" || !/^E[A-Z]+$/.test(code)) throw error;
    throw new SaveError(`${directory} could not be written: ${message}`);
  } finally {
    process.off("exit", remove);
  }
}
