/** Run by the doctor as a process: tries one device of onnxruntime, and says as JSON what is wrong with it. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

async function answer(
  device: "cpu" | "cuda" | "webgpu",
): Promise<{ problem: string | null; version: string }> {
  try {
    const { probe } = await import("../../engine/device.ts");
    const file = createRequire(import.meta.url).resolve("onnxruntime-node/package.json");
    const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
    return { problem: await probe(device), version };
  } catch (error) {
    return { problem: `it does not load: ${(error as Error).message.split("\n")[0]!}`, version: "" };
  }
}

process.stdout.write(JSON.stringify(await answer(process.argv[2] as "cpu")), () => process.exit(0));
