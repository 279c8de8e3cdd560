import { describe, expect, it } from "vitest";
import { probe } from "../../src/engine/device.ts";
import { createLearner, findDevice, initialise } from "../../src/engine/index.ts";
import { dpo } from "../../src/objectives/index.ts";

const config = {
  model_type: "gpt_neox",
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 64,
  vocab_size: 64,
};
const lora = { rank: 4, alpha: 8, targets: ["query_key_value"], dropout: 0 };

describe("the device", () => {
  it("is the processor by default, which always works", async () => {
    expect(await findDevice("cpu")).toEqual({ device: "cpu", note: null });
    expect(await probe("cpu")).toBeNull();
  });

  it.each(["cuda", "webgpu"] as const)(
    "%s: used where it works, and a plain sentence where not",
    async (device) => {
      const found = await findDevice(device);
      if (found.device === device) expect(found.note).toBeNull();
      else
        expect(found.note).toMatch(
          /^(CUDA|WebGPU) does not work here \(.+\); training on the processor instead: /,
        );
    },
  );

  it.for(["cuda", "webgpu"] as const)("%s: the numbers of the processor", async (device, { skip }) => {
    if ((await findDevice(device)).device !== device) skip(`no ${device} here`);
    const examples = [1, 2, 3].map((row) => ({
      row,
      prompt: Int32Array.of(row, 5, 7),
      responses: [Int32Array.of(9, row, 3), Int32Array.of(row, 11)],
    }));
    const reference = new Float64Array(6).fill(-10);
    const results = [];
    for (const at of ["cpu", device] as const) {
      const learner = await createLearner(initialise(config, 1), { lora, seed: 1, threads: 1, device: at });
      const into = learner.parameters.map(({ data }) => new Float32Array(data.length));
      const { loss } = await learner.gradient(examples, dpo(), reference, 1, into);
      results.push({ loss, into });
      await learner.dispose();
    }
    const [cpu, other] = results as [(typeof results)[0], (typeof results)[0]];
    expect(Math.abs(other.loss - cpu.loss)).toBeLessThan(1e-4 * Math.abs(cpu.loss));
    for (const [p, gradient] of cpu.into.entries()) {
      const difference = Math.hypot(...gradient.map((x, i) => x - other.into[p]![i]!));
      expect(difference).toBeLessThan(1e-3 * Math.hypot(...gradient) + 1e-7);
    }
  });
});
