import { parentPort, workerData } from "node:worker_threads";
import { CellCompiler } from "./compile.ts";
import { completeness } from "./completeness.ts";
import { complete } from "./completion.ts";
import { collectWhenIdle } from "./garbage.ts";
import { inspect } from "./inspection.ts";
import type { Answers, Question } from "./messages.ts";
import { Service } from "./service.ts";
import { Session } from "./session.ts";

/** The compiler's thread: TypeScript's language service, apart from the sockets and from user code. */

const service = new Service((workerData as { directory: string }).directory);
const session = new Session(service);
const compiler = new CellCompiler(service, session);

function answer(question: Question): Answers[Question["kind"]] {
  switch (question.kind) {
    case "compile":
      return compiler.compile(question.code, question.label);
    case "commit":
      compiler.commit(question.id, question.assigned);
      return null;
    case "reset":
      session.reset();
      return null;
    case "complete":
      return complete(service, session, question.code, question.position);
    case "inspect":
      return inspect(service, session, question.code, question.position, question.detail);
    case "isComplete":
      return completeness(session, question.code);
  }
}

parentPort?.on("message", ({ id, question }: { id: number; question: Question }) => {
  try {
    parentPort?.postMessage({ id, answer: answer(question) });
  } catch (error) {
    parentPort?.postMessage({ id, error: (error as Error).stack ?? String(error) });
  }
  collectWhenIdle();
});

// The first check loads the standard library's types; do it before a cell asks, but after one that has asked already:
// with `%typecheck off` it needs none of them.
setImmediate(() => compiler.compile("const warm = await Promise.resolve([1]);", "warm"));
