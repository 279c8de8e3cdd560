import { compiledFile } from "../compiled.ts";

/** How a run is trained on another machine: this library's command line, at the same path there. */
export function trainCommand(command: readonly string[] | undefined, directory: string): string[] {
  const alright = command ?? [process.execPath, compiledFile("../cli/main.js", import.meta.url)];
  return [...alright, "train", "--resume", directory];
}

/** As one line that `sh` reads back. */
export function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(" ");
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
