import { CommandError, runCommand } from "./command.ts";
import type { Magic } from "./magic.ts";

/** What a command may print into a variable, in characters. */
const MOST = 2 ** 26;

/** `!command`: a line for the shell. */
export const shell: Magic = {
  name: "!",
  help: "runs a command of the shell beside the notebook, its output as it comes; the cell fails when the command does. `const lines = !command` has the lines that it printed instead. `!word` is a command where no variable is called `word`",
  word: { name: "command", help: "a command", kind: "file" },
  line: true,
  options: {},
  value: "string[]",
  examples: ["!ls -l runs", "!git log --oneline | head -3", "const files = !ls runs"],
  async run({ words: [command], execution, assigned }) {
    if (!assigned) return runCommand(command!, [], execution, { shell: true });
    let text = "";
    const stdout = (part: string) => {
      text += part;
      if (text.length > MOST)
        throw new CommandError(`${command} printed more than ${MOST} characters; write them to a file`);
    };
    await runCommand(command!, [], execution, { shell: true, stdout });
    const lines = text.split(/\r?\n/);
    return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
  },
};
