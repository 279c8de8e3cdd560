// The second half of `npm run build`: bundles lib/ with the JupyterLab builder into jupyterlab_alright/labextension,
// which is all that an installation copies.
import { spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const builder = join(dirname(require.resolve("@jupyter/builder/package.json")), "lib/build-labextension.js");
const core = join(dirname(require.resolve("@jupyterlab/core-meta/package.json")), "core.package.json");

const { status } = spawnSync(process.execPath, [builder, "--core-package-file", core, folder], { stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);
copyFileSync(join(folder, "install.json"), join(folder, "jupyterlab_alright/labextension/install.json"));
