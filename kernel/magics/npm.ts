import { runCommand } from "./command.ts";
import { type Magic, MagicError } from "./magic.ts";

/** Commands that change the packages beside the notebook, not those of a project around it. */
const CHANGING = new Set(["install", "i", "add", "uninstall", "remove", "rm", "update", "up", "ci"]);

export const npm: Magic = {
  name: "npm",
  help: "runs npm beside the notebook; `%npm install PACKAGE` installs there, and later cells import it",
  word: { name: "command", help: "a command of npm" },
  line: true,
  options: {},
  examples: ["%npm install lodash", "%npm list"],
  async run({ words: [line], execution }) {
    const words = line!.match(/"[^"]*"|'[^']*'|\S+/g)!.map((word) => word.replace(/^(["'])(.*)\1$/, "$2"));
    // npm itself would look for a package.json in the folders above.
    const here = CHANGING.has(words[0]!) ? ["--prefix", process.cwd(), "--no-audit", "--no-fund"] : [];
    const program = process.platform === "win32" ? "npm.cmd" : "npm";
    await runCommand(program, [...words, ...here], execution, { shell: process.platform === "win32" }).catch(
      (error: Error & { code?: string }) => {
        if (error.code !== "ENOENT") throw error;
        throw new MagicError("%npm: npm was not found; is it installed beside Node, and on the PATH?");
      },
    );
  },
};
