/** What students hand in for `1-gradients`: the text of solution and test cells by their ids, and the points that it is worth. */
export interface Submission {
  readonly points: number;
  /** Cells that are not the solution's. */
  readonly cells: Readonly<Record<string, string>>;
}

const sft = (body: string) =>
  `function sftGradient(theta: number[], features: Features): number[] {\n${body}\n}`;
const SFT = `  const p = policy(theta, features);
  return features[0].map((value, i) => -(value - features.reduce((sum, phi, y) => sum + p[y] * phi[i], 0)));`;
const missing = sft("  throw new Error('not implemented');");

// Margin and DPO's gradient are worth 6 points of 10, SFT's gradient 4.
export const submissions: Readonly<Record<string, Submission>> = {
  right: { points: 10, cells: {} },
  half: { points: 6, cells: { sft: missing } },
  wrong: {
    points: 0,
    cells: {
      margin: "function margin(..._: unknown[]): number { return 0; }",
      dpo: "function dpoGradient(..._: unknown[]): number[] { return [0, 0]; }",
      sft: "function sftGradient(..._: unknown[]): number[] { return [0, 0]; }",
    },
  },
  "syntax-error": { points: 6, cells: { sft: sft("  return features[0].map(") } },
  "type-error": { points: 6, cells: { sft: sft("  const p: string = 3;\n  return [0, 0];") } },
  endless: { points: 6, cells: { sft: sft("  while (true);") } },
  exits: { points: 6, cells: { sft: `${sft(SFT)}\nprocess.exit(0);` } },
  floods: {
    points: 10,
    cells: { sft: `${sft(SFT)}\nfor (let i = 0; i < 100_000; i++) console.log("x".repeat(1000));` },
  },
  "tampers-with-tests": { points: 6, cells: { sft: missing, "sft-test": "{}", "sft-hidden": "{}" } },
  "reads-the-solution": {
    points: 10,
    cells: {
      sft: `${sft(SFT)}
const { existsSync, readFileSync } = await import("node:fs");
const solution = "../../../source/1-gradients/1-gradients.ipynb";
console.log(existsSync(solution) && readFileSync(solution, "utf8").includes("BEGIN HIDDEN") ? "seen" : "hidden");`,
    },
  },
};
