import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The repository's root, from the sources and from dist/ alike. */
export const root = fileURLToPath(new URL("../../", import.meta.url)).replace(/dist\/$/, "");
export const peers = `${root}bench/peers/`;

const TORCH = "torch==2.13.0";

/**
 * A Python with the peers' libraries: `.venv-bench`, made or brought up to date now where it must be.
 *
 * @param trl whether TRL is needed; without it, the tests' `.venv-parity` will do
 */
export function python({ trl }: { trl: boolean }): string {
  const requirements = `${peers}requirements.txt`;
  const environment = `${root}.venv-bench`;
  const candidate = `${environment}/bin/python`;
  const stamp = `${environment}/installed.txt`;
  const wanted = `${TORCH}\n${readFileSync(requirements, "utf8")}`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return candidate;
  const parity = `${root}.venv-parity/bin/python`;
  if (!trl && existsSync(parity)) return parity;
  console.log("Installing the peers' libraries into .venv-bench …");
  const install = ["-m", "pip", "install", "--quiet"];
  if (!existsSync(candidate)) execFileSync("python3", ["-m", "venv", environment], { stdio: "inherit" });
  execFileSync(candidate, [...install, TORCH], { stdio: "inherit" });
  execFileSync(candidate, [...install, "-r", requirements], { stdio: "inherit" });
  writeFileSync(stamp, wanted);
  return candidate;
}
