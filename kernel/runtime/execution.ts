import { AsyncLocalStorage } from "node:async_hooks";
import type { Header } from "../protocol/message.ts";

export class Interrupted extends Error {
  override readonly name: string = "Interrupted";
  constructor(message = "the cell was interrupted") {
    super(message);
  }
}

/** One execution of a cell: where its output goes, and how it is interrupted. */
export class Execution {
  readonly id: number;
  readonly count: number;
  readonly parent: Header;
  readonly silent: boolean;
  readonly allowInput: boolean;
  readonly payload: Record<string, unknown>[] = [];
  /** Whether the cell has not ended yet; its timers may still print afterwards. */
  running = true;
  readonly #abort = new AbortController();
  readonly #waiting = new Set<(error: Error) => void>();
  /** Called when the cell has ended, before its last output is sent. */
  readonly onEnd: (() => void)[] = [];
  /** What must be shown before the cell ends. */
  readonly showing: Promise<void>[] = [];
  /** How to cancel each timer that the cell's code has started and that has not fired. */
  readonly timers = new Set<() => void>();

  constructor(order: { id: number; count: number; parent: Header; silent: boolean; allowInput: boolean }) {
    this.id = order.id;
    this.count = order.count;
    this.parent = order.parent;
    this.silent = order.silent;
    this.allowInput = order.allowInput;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  interrupt(): void {
    const error = new Interrupted();
    this.#abort.abort(error);
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
    // Loops that wait for a timer somewhere the kernel has not compiled end here.
    for (const cancel of this.timers) cancel();
    this.timers.clear();
  }

  /** `value`, or the interrupt if that comes first. */
  race<T>(value: T | PromiseLike<T>): T | Promise<T> {
    this.#abort.signal.throwIfAborted();
    if (value === null || typeof (value as PromiseLike<T> | undefined)?.then !== "function")
      return value as T;
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      (value as PromiseLike<T>).then(
        (result) => {
          this.#waiting.delete(reject);
          resolve(result);
        },
        (error) => {
          this.#waiting.delete(reject);
          reject(error);
        },
      );
    });
  }
}

const storage = new AsyncLocalStorage<Execution>();
let last: Execution | null = null;

/** Runs `body` so that its output, also from timers it starts, belongs to `execution`. */
export function within<T>(execution: Execution, body: () => T): T {
  // Comm messages (id -1) do not own output that comes without a context.
  if (execution.id >= 0) last = execution;
  return storage.run(execution, body);
}

/** The execution whose code is running: the one that started it, else the last. */
export function currentExecution(): Execution | null {
  return storage.getStore() ?? last;
}

/** The execution whose code is running, if any. */
export function ownExecution(): Execution | null {
  return storage.getStore() ?? null;
}

/** `await` in a cell is `await wait(…)`: an interrupt ends it. */
export function wait<T>(value: T | PromiseLike<T>): T | Promise<T> {
  const execution = storage.getStore();
  return execution ? execution.race(value) : (value as T | Promise<T>);
}

/** `for await` in a cell iterates over this: an interrupt ends it. */
export async function* waitEach<T>(
  values: AsyncIterable<T> | Iterable<T | PromiseLike<T>>,
): AsyncGenerator<T> {
  const iterator =
    Symbol.asyncIterator in values
      ? values[Symbol.asyncIterator]()
      : (values as Iterable<T>)[Symbol.iterator]();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await wait(iterator.next() as PromiseLike<IteratorResult<T>>);
      if (done) {
        ended = true;
        return;
      }
      yield await value;
    }
  } finally {
    if (!ended) void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}
