// `npm run docs`: the documentation as a site in docs/.vitepress/dist. `-- --serve` shows it while pages are edited.
import { join } from "node:path";
import { anchors } from "./docs/anchors.mjs";
import { measured } from "./docs/measured.mjs";
import { fail, root, run } from "./steps.mjs";

const docs = join(root, "docs");
const node = (...args) => {
  if (run(process.execPath, args) !== 0) fail(`npm run docs ended at: node ${args.join(" ")}`);
};

node("node_modules/typescript/bin/tsc", "-b");
const { figures } = await import("./docs/figures.mjs");
await figures(docs);
measured(join(docs, ".vitepress/data"));
const { reference } = await import("./docs/reference.mjs");
await reference(join(docs, "reference"));
node("node_modules/typedoc/bin/typedoc", "--options", "docs/typedoc.json");
if (process.argv.includes("--serve")) node("node_modules/vitepress/bin/vitepress.js", "dev", "docs");
else {
  node("node_modules/vitepress/bin/vitepress.js", "build", "docs");
  const broken = anchors(join(docs, ".vitepress/dist"));
  if (broken.length > 0) fail(`${broken.length} broken links:`, ...broken);
  process.stdout.write("docs/.vitepress/dist/index.html\n");
}
