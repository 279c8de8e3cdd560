import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { misfit } from "../../extension/src/versions/fit.ts";
import { kernelInfo } from "../../kernel/protocol/info.ts";

const read = (file: string) =>
  JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8")) as { version: string };

it("the kernel tells the version that the extension of the same source has", () => {
  const { version } = read("extension/package.json");
  expect(kernelInfo().implementation_version).toBe(version);
  expect(misfit(kernelInfo().implementation_version, version)).toBeNull();
});

it("names the older one, which is to be renewed", () => {
  expect(misfit("0.2.0", "0.1.9")).toEqual({ kernel: "0.2.0", extension: "0.1.9", older: "extension" });
  expect(misfit("0.1.9", "0.2.0")).toEqual({ kernel: "0.1.9", extension: "0.2.0", older: "kernel" });
  const older = (kernel: string, extension: string) => misfit(kernel, extension)?.older;
  expect(older("0.9.0", "0.10.0")).toBe("kernel");
  expect(older("2.0.0", "1.9.9")).toBe("extension");
  expect(older("1.0.0-rc.1", "1.0.0")).toBe("kernel");
  expect(older("1.0.0", "1.0.0-rc.1")).toBe("extension");
  expect(older("1.0.0-rc.1", "1.0.0-rc.2")).toBe("kernel");
});

it("a kernel that does not say its version is left in peace", () => {
  for (const version of [undefined, null, 3, "", "dev"]) expect(misfit(version, "0.1.0")).toBeNull();
});
