// `npm run pack`: the package as others install it, `alright-ts-VERSION.tgz`. npm heeds `overrides` and workspaces in the root project
// alone, so the kernel's dependencies are the package's here, and danfojs-node, which installs nowhere without overrides, is
// bundled: one file with its own dependencies in it, its types and everybody's licences beside. Two packages more are bundled
// for their size: of the fonts and of TypeScript less than half is ever read.
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve, sep } from "node:path";
import { rolldown } from "rolldown";
import { setup } from "./setup.mjs";
import { fail, root, run } from "./steps.mjs";

const BUNDLED = "danfojs-node";
/** Only danfojs's plots in a browser ask for it; it is not among danfojs's own dependencies. */
const LEFT_OUT = ["plotly.js-dist-min"];
/** What of a package goes into the bundle; it is loaded from there by its name, as from anywhere. */
const TRIMMED = {
  "dejavu-fonts-ttf": /^(ttf\/DejaVuSans(-Bold)?\.ttf|LICENSE)$/,
  typescript:
    /^(lib\/(typescript\.js|lib\.(?!webworker).*\.d\.ts|lib\.d\.ts)|LICENSE\.txt|ThirdPartyNoticeText\.txt)$/,
};
/** Stands in for what danfojs asks for; it is inside the bundle. */
const STUB = "@tensorflow/tfjs-node";

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));
const writeJson = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

/** What the published package says of itself. */
export function manifest(library = readJson(join(root, "package.json"))) {
  const { scripts, workspaces, overrides, devDependencies, private: _, ...kept } = library;
  const { [STUB]: stub, ...dependencies } = {
    ...kept.dependencies,
    ...readJson(join(root, "kernel/package.json")).dependencies,
  };
  return { ...kept, dependencies, bundleDependencies: [BUNDLED, ...Object.keys(TRIMMED)] };
}

/** The folder of the package that a module belongs to. */
function packageOf(module) {
  const [, folder] = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(module) ?? [];
  return folder;
}

/** Their licence files, one after the other; a package without one has the licence that its package.json names. */
function licences(folders) {
  return folders.map((folder) => {
    const { name, version, license } = readJson(join(folder, "package.json"));
    const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
    const texts = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
    return [`${name} ${version} (${license})`, ...texts].join("\n\n");
  });
}

async function bundle(folder) {
  const source = join(root, "node_modules", BUNDLED);
  const { name, version, license, main, types } = readJson(join(source, "package.json"));
  const build = await rolldown({
    input: join(source, main),
    platform: "node",
    external: LEFT_OUT,
    cwd: root,
    onLog: (level, log) => level === "warn" && log.code === "UNRESOLVED_IMPORT" && fail(log.message),
  });
  const { output } = await build.write({
    file: join(folder, "index.js"),
    format: "cjs",
    minify: "dce-only",
    codeSplitting: false,
  });
  await build.close();
  const modules = output.flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : []));
  const packages = [...new Set(modules.map(packageOf).filter((found) => found !== undefined))].sort();
  writeFileSync(join(folder, "LICENSES.txt"), `${licences(packages).join(`\n\n${"-".repeat(80)}\n\n`)}\n`);
  const isTypes = (file) => !/\.[a-z]+$/.test(basename(file)) || file.endsWith(".d.ts");
  cpSync(join(source, "dist"), join(folder, "dist"), { recursive: true, filter: isTypes });
  writeJson(join(folder, "package.json"), { name, version, license, main: "index.js", types });
}

function trim(name, folder) {
  const source = join(root, "node_modules", name);
  const { version, license, main } = readJson(join(source, "package.json"));
  for (const file of readdirSync(source, { recursive: true })) {
    if (!TRIMMED[name].test(file.split(sep).join("/"))) continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    copyFileSync(join(source, file), join(folder, file));
  }
  writeJson(join(folder, "package.json"), { name, version, license, ...(main && { main }) });
}

/** @param destination the folder that gets the tarball @returns its path */
export async function pack(destination = root) {
  const staged = mkdtempSync(join(tmpdir(), "alright-pack-"));
  const described = manifest();
  try {
    const shipped = (file) => !/\.(map|tsbuildinfo)$|__pycache__|[\\/]\.alright-/.test(file);
    for (const name of [...described.files, "README.md", "LICENSE"])
      cpSync(join(root, name), join(staged, name), { recursive: true, filter: shipped });
    writeJson(join(staged, "package.json"), described);
    const packages = join(staged, "node_modules");
    for (const name of described.bundleDependencies) mkdirSync(join(packages, name), { recursive: true });
    await bundle(join(packages, BUNDLED));
    for (const name of Object.keys(TRIMMED)) trim(name, join(packages, name));
    const npm = ["pack", "--silent", "--ignore-scripts", "--pack-destination", resolve(destination)];
    const status = run("npm", npm, { cwd: staged, shell: process.platform === "win32" });
    if (status !== 0) fail("npm could not pack the package (its message is above).");
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
  return join(resolve(destination), `${described.name}-${described.version}.tgz`);
}

if (process.argv[1]?.endsWith("pack.mjs")) {
  setup();
  process.stdout.write(`${await pack(process.argv[2])}\n`);
}
