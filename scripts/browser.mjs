// Finds a Chromium for the browser tests, or installs Debian's.
import { existsSync } from "node:fs";
import { ask, run } from "./steps.mjs";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The path of a browser, or null (the browser tests are then skipped, and the test command says so). */
export function findBrowser() {
  const named = process.env.CHROMIUM;
  if (named) return existsSync(named) ? named : null;
  const found = PLACES.find((path) => existsSync(path));
  if (found) return found;
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !ask("apt-get", ["--version"]).ok)
    return null;
  process.stdout.write("• Chromium for the browser tests (apt-get install chromium)\n");
  const quiet = {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  };
  run("apt-get", ["update", "-qq"], quiet);
  run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], quiet);
  return existsSync(PLACES[0]) ? PLACES[0] : null;
}
