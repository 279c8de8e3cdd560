import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compiledFile } from "../src/compiled.ts";

export const KERNEL_NAME = "alright";

export interface KernelSpec {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
  readonly interrupt_mode: "message" | "signal";
  readonly kernel_protocol_version: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * What glibc reads of its allocator's settings. Its own threshold, in bytes, for blocks that go back to the system when they are
 * freed: named, it stays; else it grows with the largest block so far, to 32 MB, and what a flood of output or an array of some
 * hundred kilobytes took stays with the process, full of holes. And one arena for all threads: each has holes of its own.
 */
export const MALLOC: Readonly<Record<string, string>> = {
  MALLOC_MMAP_THRESHOLD_: String(128 << 10),
  MALLOC_ARENA_MAX: "1",
};

/**
 * Megabytes for new objects of the kernel process and of its compiler's thread, not of the cells' process. V8 lets this space
 * grow with a flood of output to 16 MB, twice, and gives nothing of it back.
 */
const NURSERY = "--max-semi-space-size=2";

/** The content of `kernel.json`: this machine's `node` and this package's kernel, by absolute path. */
export function kernelSpec(): KernelSpec {
  return {
    argv: [process.execPath, NURSERY, compiledFile("./main.js", import.meta.url), "{connection_file}"],
    display_name: "TypeScript (ALRIGHT)",
    language: "typescript",
    interrupt_mode: "message",
    kernel_protocol_version: "5.5",
    metadata: { debugger: false },
    env: MALLOC,
  };
}

/** The kernel's mark: two losses that trade off, and the point where they meet. */
const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">
<rect width="64" height="64" rx="12" fill="#1b3a5c"/>
<path d="M10 12 C12 38 24 51 54 53" fill="none" stroke="#8fc7ff" stroke-width="5" stroke-linecap="round"/>
<path d="M52 12 C40 16 29 26 24 41" fill="none" stroke="#ffb454" stroke-width="5" stroke-linecap="round"/>
<circle cx="24" cy="42" r="6" fill="#ffffff"/>
</svg>
`;

/** Writes the kernel spec's files into `directory` (made where it is missing): `kernel.json` and the logos. */
export async function writeKernelSpec(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "kernel.json"), `${JSON.stringify(kernelSpec(), null, 2)}\n`);
  writeFileSync(join(directory, "logo-svg.svg"), LOGO);
  const { rasterise } = await import("../src/figures/static/png.ts");
  for (const width of [32, 64]) {
    const png = await rasterise(LOGO, width / 64, "transparent");
    writeFileSync(join(directory, `logo-${width}x${width}.png`), png);
  }
}
