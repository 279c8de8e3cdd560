import { describe, expect, test } from "vitest";
import { parseSpecification } from "../../src/runs/parse-specification.ts";
import { plotMessageSchema, specificationSchema } from "../../src/runs/schema.ts";

const base = { model: "pythia-tiny", data: { sft: "a", dpo: "b" }, method: { name: "alright", lambda: 0.5 } };

function message(input: unknown): string {
  try {
    parseSpecification(input, "spec.json");
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("it was accepted");
}

describe("a specification", () => {
  test("has the defaults of the contract", () => {
    expect(parseSpecification(base)).toEqual({
      model: "pythia-tiny",
      data: { sft: "a", dpo: "b" },
      method: { name: "alright", lambda: 0.5 },
      steps: 200,
      lora: { rank: 32, alpha: 32, targets: null, dropout: 0, rslora: false },
      reference: "start",
      ideal: "runs",
      stop: null,
      objectives: {
        dpo: { loss: "sigmoid", beta: 0.1, labelSmoothing: 0 },
        sft: { reduction: "tokens" },
      },
      optimizer: {
        name: "adam",
        learningRate: 5e-5,
        betas: [0.9, 0.95],
        epsilon: 1e-8,
        weightDecay: 0,
        clip: 1,
        schedule: "constant",
        warmup: 0,
      },
      batchSize: { sft: 24, dpo: 8 },
      template: "User: {prompt}\nAssistant: ",
      maxLength: 2048,
      tooLong: "stop",
      onBadRow: "stop",
      evaluation: { every: 100, fraction: 0.03, heldOut: true },
      checkpoint: { every: 100 },
      seed: 42,
      device: "cpu",
      memory: null,
      threads: null,
      name: null,
    });
  });

  test("parsed once more is the same, as run.json needs", () => {
    const inputs = [
      base,
      { ...base, method: { name: "sequential", steps: [3, 4] } },
      { ...base, method: { name: "sequential", epochs: [1, 2] } },
      { ...base, epochs: 2 },
      { ...base, lora: { targets: "all-linear", rslora: true, dropout: 0.1 } },
      { ...base, lora: { targets: ["layers.0.*", "q_proj"] } },
      { model: "toy:conflict", method: { name: "maxright" } },
      { model: "toy:as-printed", method: { name: "sft" } },
      { ...base, data: { sft: "a" }, method: { name: "sft" } },
    ];
    for (const input of inputs) {
      const parsed = JSON.parse(JSON.stringify(parseSpecification(input)));
      expect(parseSpecification(parsed)).toEqual(parsed);
    }
  });

  test("toys have their own defaults, which a user's keys override one by one", () => {
    const toy = parseSpecification({
      model: "toy:conflict",
      method: { name: "maxright" },
      optimizer: { learningRate: 0.1 },
    });
    expect(toy.steps).toBe(20_000);
    expect(toy.optimizer).toMatchObject({ name: "sgd", learningRate: 0.1, weightDecay: 0.001, clip: null });
    expect(toy.ideal).toEqual({ dpo: 0, sft: 0 });
    expect(toy.method).toEqual({ name: "maxright", lambda: 0.5, k: 1 });
    const stages = parseSpecification({
      model: "toy:conflict",
      method: { name: "sequential", steps: [5, 6] },
    });
    expect([stages.steps, stages.method.threshold]).toEqual([11, 0.05]);
  });

  test("each loss of the preferences has its own options and defaults", () => {
    const dpo = (given: object) => parseSpecification({ ...base, objectives: { dpo: given } }).objectives.dpo;
    expect(dpo({ loss: "simpo" })).toEqual({ loss: "simpo", beta: 2, gamma: 0.5, labelSmoothing: 0 });
    expect(dpo({ loss: "orpo" })).toEqual({ loss: "orpo", oddsWeight: 0.1 });
    expect(dpo({ loss: "ipo", β: 0.5 })).toEqual({ loss: "ipo", beta: 0.5, perToken: false });
    // run.json of before there were others
    const old = { dpo: { loss: "sigmoid", beta: 0.1, labelSmoothing: 0 }, sft: { reduction: "tokens" } };
    expect(parseSpecification({ ...base, objectives: old }).objectives).toEqual(old);
    const toy = (loss: string) =>
      parseSpecification({
        model: "toy:conflict",
        method: { name: "dpo" },
        objectives: { dpo: { loss } },
      }).objectives.dpo.beta;
    expect(["sigmoid", "hinge", "cpo", "orpo"].map(toy)).toEqual([1, 1, 0.1, undefined]);
  });

  test("f* is computed by runs for joint methods only, unless it is asked for", () => {
    expect(parseSpecification({ ...base, method: { name: "mix" } }).ideal).toBe("runs");
    expect(parseSpecification({ ...base, method: { name: "sft" } }).ideal).toBe(null);
    expect(parseSpecification({ ...base, method: { name: "sft" }, ideal: "runs" }).ideal).toBe("runs");
  });

  const wrong: [string, unknown, string][] = [
    [
      "an unknown key",
      { ...base, optimiser: {} },
      'spec.json: optimiser is not a known key; did you mean "optimizer"?',
    ],
    [
      "an unknown key inside",
      { ...base, optimizer: { learningrate: 1 } },
      'spec.json: optimizer.learningrate is not a known key; did you mean "learningRate"?',
    ],
    [
      "targets of a wrong type",
      { ...base, lora: { targets: 3 } },
      'spec.json: lora.targets is 3; expected a list of layer names, "all-linear", a regular expression or null',
    ],
    [
      "a wrong type",
      { ...base, optimizer: { learningRate: "high" } },
      'spec.json: optimizer.learningRate is "high"; expected a number',
    ],
    ["out of range", { ...base, lora: { rank: 0 } }, "spec.json: lora.rank is 0; expected more than 0"],
    [
      "an unknown loss",
      { ...base, objectives: { dpo: { loss: "simp" } } },
      'spec.json: objectives.dpo.loss: no loss is called "simp"; did you mean "simpo"? (known: sigmoid, ipo',
    ],
    [
      "an option of another loss",
      { ...base, objectives: { dpo: { loss: "ipo", gamma: 1 } } },
      'spec.json: objectives.dpo: loss "ipo" has no option "gamma"; simpo has it',
    ],
    [
      "an unknown option of a loss",
      { ...base, objectives: { dpo: { betta: 1 } } },
      'spec.json: objectives.dpo has no option "betta"; did you mean "beta"? (options: beta, labelSmoothing)',
    ],
    [
      "an option of a loss out of range",
      { ...base, objectives: { dpo: { beta: 0 } } },
      "spec.json: objectives.dpo: beta is 0; expected a number above 0",
    ],
    ["not an integer", { ...base, steps: 1.5 }, "spec.json: steps is 1.5; expected an integer"],
    [
      "a missing key",
      { data: {}, method: { name: "sft" } },
      "spec.json: model is missing; expected a string",
    ],
    ["not an object", [], "spec.json is []; expected an object with model, data and method"],
    ["a wrong word", { ...base, device: "gpu" }, 'spec.json: device is "gpu"; expected "cpu" or "cuda"'],
    [
      "an unknown method",
      { ...base, method: { name: "alrigt" } },
      'no method is called "alrigt"; did you mean "alright"?',
    ],
    [
      "an unknown option",
      { ...base, method: { name: "alright", lamda: 1 } },
      'spec.json: method "alright" has no option "lamda"; did you mean "lambda"?',
    ],
    [
      "an option of another method",
      { ...base, method: { name: "mix", k: 3 } },
      'method "mix" has no option "k"',
    ],
    [
      "λ above 1",
      { ...base, method: { name: "alright", λ: 1.5 } },
      'method "alright": λ is 1.5; expected within [0, 1]',
    ],
    [
      "λ as text",
      { ...base, method: { name: "alright", lambda: "half" } },
      'lambda is "half"; expected a number',
    ],
    ["an option twice", { ...base, method: { name: "mix", lambda: 1, λ: 1 } }, "lambda is given twice"],
    [
      "a union",
      { ...base, reference: { sft: "chosen", step: 3 } },
      'spec.json: reference is {"sft":"chosen","step":3}; expected "start"',
    ],
    [
      "no set for an objective",
      { ...base, data: { sft: "a" } },
      'spec.json: data.dpo is missing; method "alright" trains on it',
    ],
    ["steps and epochs", { ...base, steps: 3, epochs: 2 }, "both steps and epochs are given"],
    [
      "stages that don't add up",
      { ...base, steps: 10, method: { name: "sequential", steps: [3, 3] } },
      "method.steps add up to 6, but steps is 10",
    ],
    [
      "stages without an objective",
      { ...base, method: { name: "sequential", steps: [3, 3, 3] } },
      "method.steps has 3 entries, but method.order has 2 stages",
    ],
    ["no f* for MAXRIGHT", { ...base, ideal: null, method: { name: "maxright" } }, "ideal is null"],
    [
      "data for a toy",
      { model: "toy:conflict", data: { sft: "a" }, method: { name: "mix" } },
      "brings its own two rows",
    ],
  ];
  for (const [title, input, expected] of wrong)
    test(`${title} is an error that says what and where`, () => {
      expect(message(input)).toContain(expected);
    });
});

test("the JSON schemas are of draft 2020-12 and close every object", () => {
  const schema = specificationSchema();
  expect(schema.$schema).toContain("2020-12");
  expect(schema.required).toEqual(["model", "data", "method"]);
  expect(schema.additionalProperties).toBe(false);
  expect(Object.keys(plotMessageSchema().properties as object)).toContain("runs");
});
