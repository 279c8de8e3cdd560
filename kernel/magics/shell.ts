import { runCommand } from "./command.ts";
import type { Magic } from "./magic.ts";

/** `!command`: a line for the shell. */
export const shell: Magic = {
  name: "!",
  help: "runs a command of the shell beside the notebook, its output as it comes; the cell fails when the command does. `!word` is a command where no variable is called `word`",
  word: { name: "command", help: "a command", kind: "file" },
  line: true,
  options: {},
  examples: ["!ls -l runs", "!git log --oneline | head -3"],
  run: ({ words: [command], execution }) => runCommand(command!, [], execution, { shell: true }),
};
