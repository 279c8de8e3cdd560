import { readFile, rename, writeFile } from "node:fs/promises";
import { parseJson } from "../parse-json.ts";
import { CheckpointError } from "./error.ts";

/** @throws CheckpointError naming the file */
export async function readJsonObject(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new CheckpointError(`${file}: ${missing ? "not found" : (error as Error).message}`);
  }
  try {
    const value = parseJson(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch (error) {
    throw new CheckpointError(`${file}: not valid JSON (${(error as Error).message})`);
  }
  throw new CheckpointError(`${file}: expected a JSON object`);
}

/** Written beside its place, then renamed. @param sync false: the caller syncs the file itself */
export async function writeJson(file: string, value: unknown, { sync = true } = {}): Promise<void> {
  const beside = `${file}.${process.pid}.partial`;
  await writeFile(beside, `${JSON.stringify(value, null, 2)}\n`, { flush: sync });
  await rename(beside, file);
}
