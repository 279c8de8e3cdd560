import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compiledFile } from "../../src/compiled.ts";
import { type Content, PROTOCOL_VERSION } from "./message.ts";

const packageFile = fileURLToPath(
  new URL("../../../package.json", `file://${compiledFile("./info.js", import.meta.url)}`),
);
const { version } = JSON.parse(readFileSync(packageFile, "utf8")) as { version: string };

/** What front ends need to know of the language. */
const languageInfo = {
  name: "typescript",
  version: "6.0.3",
  mimetype: "application/typescript",
  file_extension: ".ts",
  pygments_lexer: "typescript",
  codemirror_mode: { name: "javascript", typescript: true },
  nbconvert_exporter: "script",
} as const;

/** The `kernel_info_reply`. */
export function kernelInfo(): Content {
  return {
    status: "ok",
    protocol_version: PROTOCOL_VERSION,
    implementation: "alright",
    implementation_version: version,
    language_info: languageInfo,
    banner: `TypeScript (ALRIGHT) ${version}: TypeScript ${languageInfo.version} on Node ${process.versions.node}. %help lists the magics.`,
    debugger: false,
    // No "debugger": the kernel has none.
    supported_features: ["kernel subshells"],
    help_links: [
      { text: "TypeScript handbook", url: "https://www.typescriptlang.org/docs/handbook/intro.html" },
      { text: "Node.js", url: "https://nodejs.org/docs/latest-v20.x/api/" },
    ],
  };
}
