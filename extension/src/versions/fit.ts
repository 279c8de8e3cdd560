/** Kernel, library and extension speak one protocol, whose parts come and go with their common version. */

/** What to tell a person whose kernel is of another version than the extension. */
export interface Misfit {
  readonly kernel: string;
  readonly extension: string;
  /** Which of them is to be renewed. */
  readonly older: "kernel" | "extension";
}

/** @returns null where both are of one version, or the kernel does not say which one it is */
export function misfit(kernel: unknown, extension: string): Misfit | null {
  if (typeof kernel !== "string" || !/^\d/.test(kernel) || kernel === extension) return null;
  return { kernel, extension, older: isOlder(kernel, extension) ? "kernel" : "extension" };
}

/** By major, minor and patch; a version before its release (`1.0.0-rc.1`) is older than it. */
function isOlder(a: string, b: string): boolean {
  const [left, right] = [parse(a), parse(b)];
  for (let i = 0; i < 3; i++) {
    const difference = (left.numbers[i] ?? 0) - (right.numbers[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  if (left.suffix === "" || right.suffix === "") return right.suffix === "" && left.suffix !== "";
  return left.suffix < right.suffix;
}

function parse(version: string): { numbers: number[]; suffix: string } {
  const [numbers = "", ...suffix] = version.split("+")[0]!.split("-");
  return { numbers: numbers.split(".").map(Number), suffix: suffix.join("-") };
}
