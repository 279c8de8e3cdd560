import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parseSpecification } from "../../src/index.ts";
import { modelOf } from "../../src/models/index.ts";
import { adapterParameters, runTokens } from "../../src/paper/cost.ts";
import { estimateScale, experiment, gridRuns, prepareRows, scale, scaleRuns } from "../../src/paper/index.ts";
import { llama3, pythia, stepsOf } from "../../src/paper/paper-scale.ts";

const folder = mkdtempSync(join(tmpdir(), "alright-scales-"));
afterAll(() => rmSync(folder, { recursive: true }));

const parameters = (config: Readonly<Record<string, unknown>>) =>
  [...modelOf(config).shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
const specifications = (name: string) =>
  scaleRuns(scale("paper", { experiment: name })).map(({ specification }) =>
    parseSpecification(specification),
  );

describe("the paper's scale", () => {
  // Fernando et al. 2025, D.2: the table of settings, and what XRIGHT's code adds.
  const table = {
    "dpo-first": {
      model: "pythia-1b",
      rank: 32,
      alpha: 32,
      targets: ["query_key_value"],
      sft: 24,
      dpo: 8,
      steps: 6000,
    },
    "sft-first": {
      model: "pythia-1b",
      rank: 32,
      alpha: 32,
      targets: ["query_key_value"],
      sft: 24,
      dpo: 8,
      steps: 6000,
    },
    llama: {
      model: "Meta-Llama-3-8B",
      rank: 16,
      alpha: 16,
      targets: ["q_proj", "v_proj"],
      sft: 16,
      dpo: 4,
      steps: 6000,
    },
  } as const;

  test.each(Object.entries(table))("%s has the paper's table of settings", (name, of) => {
    for (const run of specifications(name)) {
      expect(run.model.endsWith(of.model)).toBe(true);
      expect(run.lora).toEqual({
        rank: of.rank,
        alpha: of.alpha,
        targets: of.targets,
        dropout: 0,
        rslora: false,
      });
      expect(run.batchSize).toEqual({ sft: of.sft, dpo: of.dpo });
      expect(run.steps).toBe(of.steps);
      expect(run.optimizer).toMatchObject({
        name: "adam",
        learningRate: 5e-5,
        betas: [0.9, 0.95],
        weightDecay: 0,
        clip: 1,
        schedule: "constant",
        warmup: 0,
      });
      expect(run.objectives).toEqual({
        dpo: { loss: "sigmoid", beta: 0.1, labelSmoothing: 0 },
        sft: { reduction: "tokens" },
      });
      expect([run.maxLength, run.seed, run.template]).toEqual([2048, 42, "User: {prompt}\nAssistant: "]);
      expect(run.evaluation).toEqual({ every: 100, fraction: 0.03, heldOut: false });
      // Sequential has no stopping criterion.
      expect(run.stop === null).toBe(run.method.name === "sequential");
      if (run.method.name === "maxright") expect(run.method.k).toBe(10);
    }
  });

  test("its steps are the paper's epochs over the paper's rows", () => {
    // 6 epochs of 24,000 / 24 = 8,000 / 8 = 1,000 batches; 4 of 24,000 / 16 = 6,000 / 4 = 1,500.
    expect([pythia.rows, pythia.epochs, stepsOf(pythia)]).toEqual([{ sft: 24_000, dpo: 8000 }, 6, 6000]);
    expect([llama3.rows, llama3.epochs, stepsOf(llama3)]).toEqual([{ sft: 24_000, dpo: 6000 }, 4, 6000]);
    const stages = (name: string) =>
      specifications(name).flatMap(({ method }) =>
        method.name === "sequential" ? [String(method.steps)] : [],
      );
    expect(stages("dpo-first")).toEqual(["1000,5000", "2000,4000", "3000,3000", "4000,2000", "5000,1000"]);
    expect(stages("llama")).toEqual(["4500,1500", "3000,3000", "1500,4500"]);
  });

  test("its models have the shapes and adapters that Hugging Face and PEFT count", () => {
    // The model cards of pythia-1b and Meta-Llama-3-8B; PEFT's print_trainable_parameters().
    expect(parameters(pythia.config)).toBe(1_011_781_632);
    expect(parameters(llama3.config)).toBe(8_030_261_248);
    const adapter = ({ config, lora }: typeof pythia) =>
      adapterParameters(modelOf(config), { ...lora, targets: [...lora.targets], dropout: 0, rslora: false });
    expect(adapter(pythia)).toBe(16 * 32 * (2048 + 3 * 2048));
    expect(adapter(pythia)).toBe(4_194_304);
    expect(adapter(llama3)).toBe(6_815_744);
    expect([pythia.checkpointing, llama3.checkpointing]).toEqual([false, true]);
  });

  test("θ_ref is 6 epochs on 24,000 chosen responses in batches of 12, or the SFT stage", () => {
    const { referenceRun, hub } = scale("paper", { folder: "here" });
    const run = parseSpecification(referenceRun!);
    expect([run.method.name, run.steps, run.batchSize.sft]).toEqual(["sft", 6 * 2000, 12]);
    expect(run.data.sft).toBe(join("here", "rm-hh-rlhf-chosen-24000.jsonl"));
    expect(hub!.rows.map(({ from, count }) => [from, count])).toEqual([
      ["hub:vicgalle/alpaca-gpt4", 24_000],
      ["hub:Dahoas/rm-hh-rlhf", 8000],
      ["hub:Dahoas/rm-hh-rlhf", 24_000],
    ]);
    for (const name of ["sft-first", "llama"]) {
      expect(scale("paper", { experiment: name }).referenceRun).toBeNull();
      for (const { reference } of specifications(name))
        expect(reference).toEqual({ sft: "sft", steps: 6000 });
    }
  });

  test("f* and the reference fronts are XRIGHT's", () => {
    expect(specifications("dpo-first")[0]!.ideal).toEqual({ sft: 1.498, dpo: 0.0647 });
    expect(specifications("sft-first")[0]!.ideal).toEqual({ sft: 1.498, dpo: 0.0522 });
    expect(specifications("llama")[0]!.ideal).toEqual({ sft: 1.02426, dpo: 0.04935 });
    const front = specifications("llama").at(-1)!.stop!.front;
    expect(front).toEqual([
      [1.1484, 0.2382],
      [1.1173, 0.3534],
      [1.0917, 0.5009],
    ]);
  });

  test("says what it would download, and what memory and hours it would take, from a measured step", async () => {
    const step = { rate: 1e11, tokens: 1000, seconds: 1 };
    const estimate = await estimateScale(scale("paper"), step);
    expect(estimate.parameters).toBe(1_011_781_632);
    expect(estimate.trained).toBe(4_194_304);
    expect(estimate.downloads.map(({ from, bytes }) => [from, bytes])).toEqual([
      ["hub:EleutherAI/pythia-1b", 2 * 1_011_781_632],
      ["hub:vicgalle/alpaca-gpt4", null],
      ["hub:Dahoas/rm-hh-rlhf", null],
    ]);
    expect(estimate.runs).toHaveLength(20);
    expect(estimate.memory.bytes).toBeGreaterThan(1e9);
    const hours = (name: string) => estimate.runs.find((run) => run.name.startsWith(name))!.hours;
    // Mix has both gradients in every step.
    expect(hours("mix-0.5")).toBeGreaterThan(1.5 * hours("alright-0.5"));
    const faster = await estimateScale(scale("paper"), { ...step, rate: 2e11 });
    expect(faster.hours).toBeCloseTo(estimate.hours / 2, 6);
    const large = await estimateScale(scale("paper", { experiment: "llama" }), step);
    expect(large.parameters).toBe(8_030_261_248);
    expect(large.runs[0]!.hours).toBeGreaterThan(4 * estimate.runs[0]!.hours);
  });
});

describe("the rows of the paper's scale", () => {
  const lines = (name: string, rows: object[]) => {
    const file = join(folder, name);
    writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    return file;
  };
  const alpaca = lines("alpaca.jsonl", [
    { instruction: "Add", input: "1 and 2", output: "3" },
    { instruction: "Name a fish", input: "", output: "Cod" },
    { instruction: "Name a bird", input: "", output: "Wren" },
  ]);
  const transcripts = lines("hh.jsonl", [
    { prompt: "\n\nHuman: Hi\n\nAssistant:", chosen: "Hello", rejected: "No" },
    { prompt: "\n\nHuman: Bye\n\nAssistant:", chosen: "Bye", rejected: "No" },
  ]);
  const asked = (kind: "sft" | "dpo" | "chosen", from: string, count: number) => ({
    ...scale("paper"),
    hub: { model: "", rows: [{ from, count, kind, file: join(folder, "out", `${kind}.jsonl`) }] },
  });
  const written = (kind: string) =>
    readFileSync(join(folder, "out", `${kind}.jsonl`), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));

  test("are the first ones, alpaca's without its input", async () => {
    await prepareRows(asked("sft", alpaca, 2));
    expect(written("sft")).toEqual([
      { prompt: "Add", completion: "3" },
      { prompt: "Name a fish", completion: "Cod" },
    ]);
    await prepareRows(asked("dpo", transcripts, 1));
    expect(written("dpo")).toHaveLength(1);
    await prepareRows(asked("chosen", transcripts, 2));
    expect(written("chosen").map(({ completion }) => completion)).toEqual(["Hello", "Bye"]);
  });

  test("are an error where there are too few", async () => {
    await expect(prepareRows(asked("sft", alpaca, 9))).rejects.toThrow(
      "has 3 good rows; the paper's settings use 9",
    );
  });
});

test("the embedded scale is the grid's", () => {
  const embedded = scale("embedded");
  expect(scaleRuns(embedded, 3)).toEqual(gridRuns("dpo-first", 3));
  expect([embedded.hub, embedded.referenceRun]).toEqual([null, null]);
});

test("small-real is the grid's experiment with the model and files that are named", () => {
  const named = { model: "smol.gguf", sft: "alpaca.json", dpo: "hh.jsonl.gz" };
  const small = scale("small-real", named);
  expect(small.experiment.pairs).toEqual(experiment("dpo-first").pairs);
  for (const { specification } of scaleRuns(small)) {
    const run = parseSpecification(specification);
    expect([run.model, run.data]).toEqual(["smol.gguf", { sft: "alpaca.json", dpo: "hh.jsonl.gz" }]);
    // The architecture's own layers; all cores.
    expect([run.lora!.targets, run.lora!.rank, run.threads]).toEqual([null, 32, null]);
    expect(run.reference).toEqual({ sft: "chosen", steps: 60 });
  }
});

test("says what is missing, unknown or too much", () => {
  expect(() => scale("small-real", { model: "a.gguf" })).toThrow('"small-real" needs sft, dpo');
  expect(() => scale("papr" as "paper")).toThrow('did you mean "paper"?');
  expect(() => scale("embedded", { model: "a" })).toThrow("leave out model");
  expect(() => scale("paper", { experiment: "dpo-frist" })).toThrow('did you mean "dpo-first"?');
});

test("a run's tokens are its method's", () => {
  const data = { sft: "wordnet-sft", dpo: "wordnet-preferences" };
  const of = (method: { name: string; [option: string]: unknown }) =>
    runTokens(
      parseSpecification({
        model: "pythia-tiny",
        data,
        method,
        batchSize: { sft: 2, dpo: 1 },
        steps: 100,
      }),
      100,
      { sft: 10, dpo: 50 },
      { sft: 0, dpo: 0 },
    );
  expect(of({ name: "alright", lambda: 0.25 }).training).toBeCloseTo(25 * 50 + 75 * 20);
  expect(of({ name: "mix", lambda: 0.25 }).training).toBe(100 * 70);
  expect(of({ name: "sequential", order: ["dpo", "sft"], steps: [30, 70] }).training).toBe(30 * 50 + 70 * 20);
  expect(of({ name: "maxright", lambda: 0.5, k: 10 }).evaluation).toBe(10 * 70);
});
