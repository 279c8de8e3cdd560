import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { collectWhenIdle } from "../garbage.ts";
import { CellCompiler } from "./compile.ts";
import { completeness } from "./completeness.ts";
import { complete } from "./completion.ts";
import { inspect } from "./inspection.ts";
import type { Answers, Question } from "./messages.ts";
import { Service } from "./service.ts";
import { Session } from "./session.ts";
import { keepBytecode } from "./typescript.ts";

/** The compiler's thread: TypeScript's language service, apart from the sockets and from user code. */

const service = new Service((workerData as { directory: string }).directory);
const session = new Session(service);
const compiler = new CellCompiler(service, session);

function answer(question: Question): Answers[Question["kind"]] {
  switch (question.kind) {
    case "compile":
      return compiler.compile(question.code, question.label, question.expression);
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

interface Asked {
  readonly id: number;
  readonly question: Question;
}

/** Questions between two collections of garbage: every check of a cell leaves a type checker behind. */
const CHECKS = 10;

/** Questions that came while files were read. */
const waiting: Asked[] = [];

function reply({ id, question }: Asked): void {
  try {
    parentPort?.postMessage({ id, answer: answer(question) });
  } catch (error) {
    parentPort?.postMessage({ id, error: (error as Error).stack ?? String(error) });
  }
  collectWhenIdle(CHECKS);
}

parentPort?.on("message", (asked: Asked) => {
  reply(asked);
  if (loading) goOn();
});

/** How long a first cell is waited for, which may do without type checks and is to find the thread idle, in ms. */
const START = 300;
/** How long the thread must have been left alone before it goes on with what a session without type checks may never need, in ms. */
const QUIET = 500;

/** Cells to practise on: after about as many V8 has optimised what every cell takes. */
const CELLS = 12;

let loading: NodeJS.Timeout | null = null;

/** Compiles cells that nobody has written, one a turn, until somebody asks. */
function practise(cells: number): void {
  compiler.warm();
  if (cells > 1) loading = setTimeout(practise, 0, cells - 1);
  else goOn(START);
}

/** Goes on reading the standard library's types, when it is nobody's turn. */
function goOn(after = 0): void {
  if (loading) clearTimeout(loading);
  loading = setTimeout(load, service.strictness === "off" ? QUIET : after);
}

/** A question that is there already; it is answered once the reading has stopped. */
function isAsked(): boolean {
  const next = parentPort && receiveMessageOnPort(parentPort);
  if (next) waiting.push(next.message as Asked);
  return waiting.length > 0;
}

function load(): void {
  const ready = service.load(isAsked);
  for (let next = waiting.shift(); next; next = waiting.shift()) reply(next);
  if (!ready) {
    goOn();
    return;
  }
  // The rest of what a first check needs, in a turn of its own.
  loading = setTimeout(() => {
    loading = null;
    if (service.strictness !== "off") compiler.compile("const warm = await Promise.resolve([1]);", "warm");
    keepBytecode();
    collectWhenIdle(1);
  });
}

// The first check loads the standard library's types: before a cell asks, but never before one that has asked already.
// With `%typecheck off` a cell needs none of them.
practise(CELLS);
