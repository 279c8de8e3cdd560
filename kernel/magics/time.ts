import type { Magic } from "./magic.ts";

export const time: Magic = {
  name: "time",
  help: "prints how long the rest of the cell took",
  cell: true,
  options: {},
  examples: ["%time", "%%time"],
  async run({ execution }) {
    const begin = performance.now();
    execution.onEnd.push(() => {
      const milliseconds = performance.now() - begin;
      const text =
        milliseconds < 1000 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
      process.stdout.write(`time: ${text}\n`);
    });
  },
};
