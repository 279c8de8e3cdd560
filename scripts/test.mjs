// `npm test`: set-up, checks, unit and integration tests, browser tests. `npm run test:long`: the long suites.
// Arguments after `--` go to vitest (`npm test -- methods`): then only the matching tests run.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBrowser } from "./browser.mjs";
import { check } from "./check.mjs";
import { setup } from "./setup.mjs";
import { run } from "./steps.mjs";

const args = process.argv.slice(2);
const long = args.includes("--long");
const filters = args.filter((argument) => argument !== "--long");
const totals = { passed: 0, failed: 0, skipped: 0 };

function vitest(title, config, env = {}) {
  process.stdout.write(`\n• ${title}\n`);
  const folder = mkdtempSync(join(tmpdir(), "alright-test-"));
  const report = join(folder, "report.json");
  const status = run(
    process.execPath,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      "--config",
      config,
      "--passWithNoTests",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
      ...filters,
    ],
    { env: { ...process.env, ...env } },
  );
  try {
    const counts = JSON.parse(readFileSync(report, "utf8"));
    totals.passed += counts.numPassedTests;
    totals.failed += counts.numFailedTests + (status !== 0 && counts.numFailedTests === 0 ? 1 : 0);
    totals.skipped += counts.numPendingTests + counts.numTodoTests;
  } catch {
    totals.failed += 1;
  }
  rmSync(folder, { recursive: true, force: true });
}

setup({ tests: true });
if (long) {
  const browser = findBrowser();
  vitest("Long suites", "test/long/vitest.config.ts", browser ? { CHROMIUM: browser } : {});
} else {
  if (filters.length === 0) {
    process.stdout.write("\n• Types, lint, formatting, import directions\n");
    totals[check() ? "passed" : "failed"] += 1;
  }
  vitest("Tests", "vitest.config.ts");
  const browser = findBrowser();
  if (browser) vitest(`Browser tests (${browser})`, "test/e2e/vitest.config.ts", { CHROMIUM: browser });
  else
    process.stdout.write("\nBrowser tests skipped: no Chromium found; install one or name it in CHROMIUM.\n");
}
process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
