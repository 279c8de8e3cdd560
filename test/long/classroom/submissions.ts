/** What a student hands in: the text of cells by their ids, and the points that it is worth. */
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
const gradients: Readonly<Record<string, Submission>> = {
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

const lambdaAndK =
  '{ lambda, k: { type: "integer", default: 1, minimum: 1, help: "steps from one measurement to the next" } }';
const method = (name: string, options: string, parameters: string, body: string, last = "") =>
  `const my${name} = defineMethod("my-${name.toLowerCase()}", ${options}, function* (${parameters}) {\n${body}\n}${last});`;
const alright = (body: string) => method("Alright", "{ lambda }", "options, random", body);
const maxright = (body: string) =>
  method("Maxright", lambdaAndK, "options, _random, { ideal }", body, ", { needsIdeal: true }");
const STUB = "  // YOUR CODE HERE\n  throw new Error('not implemented')";

// ALRIGHT 5 points (2 decisions, 1 steered, 2 on the toy), MAXRIGHT 5 (2 at k = 1, 2 between measurements, 1 on the toy).
const methods: Readonly<Record<string, Submission>> = {
  right: {
    points: 10,
    cells: {
      alright: alright(`  for (;;) {
    const draw = random();
    if (draw < options.lambda) yield step("dpo"); else yield step("sft");
  }`),
      maxright: maxright(`  let [dpo, sft] = [NaN, NaN];
  let t = 0;
  do {
    t += 1;
    if (t % options.k === 0 || t === 1) ({ dpo, sft } = (yield measure("dpo", "sft")).losses as { dpo: number; sft: number });
    if ((1 - options.lambda) * (sft - ideal!.sft) > options.lambda * (dpo - ideal!.dpo)) sft = (yield step("sft")).losses.sft!;
    else dpo = (yield step("dpo")).losses.dpo!;
  } while (true);`),
    },
  },
  "half: MAXRIGHT as it was handed out": { points: 5, cells: { maxright: maxright(STUB) } },
  "half: λ read once, k ignored": {
    points: 7,
    cells: {
      alright: alright(`  const { lambda: fixed } = options;
  while (true) yield step(random() < fixed ? "dpo" : "sft");`),
      maxright: maxright(`  for (;;) {
    const { dpo, sft } = (yield measure("dpo", "sft")).losses as { dpo: number; sft: number };
    yield step(options.lambda * (dpo - ideal!.dpo) >= (1 - options.lambda) * (sft - ideal!.sft) ? "dpo" : "sft");
  }`),
    },
  },
  wrong: {
    points: 0,
    cells: {
      alright: alright('  while (true) yield step("dpo");'),
      maxright: maxright('  while (true) yield step("sft");'),
    },
  },
};

const losses = (dpo: string, sft: string) =>
  `function fDpo(theta: number): number { ${dpo} }\nfunction fSft(theta: number): number { ${sft} }`;
const gap = (body: string) => `function gap(theta: number): number { ${body} }`;
const sequential = (body: string) => `function sequential(T: number, alpha: number): number {\n${body}\n}`;
const forgets = (body: string) => `function forgetsFrom(alpha: number): number {\n${body}\n}`;

// Losses 2 points, gap 2, Sequential 2, from which T on it forgets 1 + 2; 3 more for a text that a teacher reads.
const forgetting: Readonly<Record<string, Submission>> = {
  right: {
    points: 9,
    cells: {
      losses: losses(
        "const u = 5 + theta / 2; return u > 30 ? u + Math.exp(-u) : Math.log1p(Math.exp(u));",
        "const u = -theta / 2; return u > 30 ? u + Math.exp(-u) : Math.log1p(Math.exp(u));",
      ),
      gap: gap("return fDpo(theta) / 2 + fSft(theta) / 2 - Math.log1p(Math.exp(2.5));"),
      forgets: forgets(`  let last = 1;
  for (let T = 1; T <= 2000; T++) if (gap(sequential(T, alpha)) <= 0.27) last = T + 1;
  return last;`),
    },
  },
  // Without the rearrangement both losses are infinite for large |θ|, which a hidden test looks at; the first T is not the one from which on.
  "half: overflowing losses, the first T": {
    points: 4,
    cells: {
      losses: losses(
        "return Math.log(1 + Math.exp(5) * Math.exp(theta / 2));",
        "return Math.log(1 + Math.exp(-theta / 2));",
      ),
      forgets: forgets("  let T = 1;\n  while (gap(sequential(T, alpha)) <= 0.27) T++;\n  return T;"),
    },
  },
  "half: no gap": { points: 4, cells: { gap: gap(STUB) } },
  wrong: {
    points: 0,
    cells: {
      losses: losses("return theta / 2 + 5;", "return -theta / 2;"),
      gap: gap("return fDpo(theta) + fSft(theta);"),
      sequential: sequential("  return -alpha * T;"),
      forgets: forgets("  return 1;"),
    },
  },
};

const volume = (body: string) =>
  `function hypervolume(points: Point[], reference: { dpo: number; sft: number }): number {\n${body}\n}`;
const trace = (body: string) =>
  `async function trace(run: (lambda: number) => Promise<Point>, budget: number): Promise<Point[]> {\n${body}\n}`;
const choose = (body: string) =>
  `function choose(front: Point[], start: { dpo: number; sft: number }): Point {\n${body}\n}`;
const GRID = `  const points: Point[] = [];
  for (let i = 0; i < budget; i++) points.push(await run(budget === 1 ? 0.5 : i / (budget - 1)));
  return points;`;

// Hypervolume 4 points, keeping to the budget 1, hidden fronts up to 3 (a grid earns none), choice 1, the model's front 1.
const front: Readonly<Record<string, Submission>> = {
  right: {
    points: 10,
    cells: {
      volume:
        volume(`  const cuts = [...new Set(points.map(({ dpo }) => dpo)), reference.dpo].filter((dpo) => dpo <= reference.dpo).sort((a, b) => a - b);
  let area = 0;
  for (let i = 1; i < cuts.length; i++) {
    const lowest = Math.min(reference.sft, ...points.filter(({ dpo }) => dpo <= cuts[i - 1]).map(({ sft }) => sft));
    area += (cuts[i] - cuts[i - 1]) * (reference.sft - lowest);
  }
  return area;`),
      choose: choose(`  const sftOnly = front.find(({ lambda }) => lambda === 0)!.sft;
  const sorted = front.filter(({ sft }) => sft <= (start.sft + sftOnly) / 2).sort((a, b) => a.dpo - b.dpo);
  return sorted[0];`),
    },
  },
  "half: a grid, no choice": { points: 5, cells: { trace: trace(GRID), choose: choose(STUB) } },
  wrong: {
    points: 0,
    cells: {
      volume: volume("  return points.length;"),
      trace: trace(
        GRID.replace("i < budget", "i < 10 * budget").replace("i / (budget - 1)", "i / (10 * budget)"),
      ),
      choose: choose("  return { lambda: 0.5, dpo: 0, sft: 0 };"),
    },
  },
};

export const submissions: Readonly<Record<string, Readonly<Record<string, Submission>>>> = {
  "1-gradients": gradients,
  "2-methods": methods,
  "3-forgetting": forgetting,
  "4-front": front,
};
