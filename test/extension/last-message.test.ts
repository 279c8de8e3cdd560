import { expect, it } from "vitest";
import { lastMessage } from "../../extension/src/last-message.ts";
import { RunStore } from "../../extension/src/store.ts";
import { fourMethods, snapshot } from "../figures/messages.ts";

const saved = { version: 1, view: "objective", runs: [snapshot({ seq: 3, state: "running", step: 30 })] };
const store = (...runs: ReturnType<typeof snapshot>[]) => {
  const made = new RunStore();
  made.receive(runs);
  return made;
};

it("an output is given its last picture once its runs have ended, and then has it", () => {
  const ended = store(snapshot({ seq: 9, state: "finished", step: 200 }));
  const last = lastMessage(saved, ended);
  expect(last?.runs[0]).toMatchObject({ seq: 9, step: 200 });
  expect(lastMessage(last, ended)).toBeNull();
});

it("not while one of its runs goes on, nor by old news, nor where it is none of ours", () => {
  expect(lastMessage(saved, store(snapshot({ seq: 9, state: "running" })))).toBeNull();
  expect(lastMessage(saved, store(snapshot({ seq: 2, state: "finished" })))).toBeNull();
  const two = { ...saved, runs: [...saved.runs, snapshot({ runId: "other", seq: 1, state: "running" })] };
  expect(lastMessage(two, store(snapshot({ seq: 9, state: "finished" })))).toBeNull();
  expect(lastMessage(fourMethods, store())).toBeNull();
  for (const junk of [undefined, null, 7, {}, { runs: 3 }]) expect(lastMessage(junk, store())).toBeNull();
});
