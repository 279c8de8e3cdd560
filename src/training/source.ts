import { Random } from "../data/random.ts";
import type { Answer, Decision, Method, MethodContext, Steps } from "../methods/method.ts";
import type { OptionTable, OptionValues } from "../runs/options.ts";

type Options = OptionValues<OptionTable>;

/** Where a run's decisions come from: a method here, or one in the process that holds the run. */
export interface DecisionSource {
  /** The method's next decision, null at its end. The first call's answer is ignored. */
  next(answer: Answer, options: Options): Decision | null | Promise<Decision | null>;
}

/** A method's generator, started with the run's own random stream. */
export function localSource(method: Method, seed: number, context: MethodContext): DecisionSource {
  const options: Options = {};
  let steps: Steps | null = null;
  return {
    next(answer, current) {
      Object.assign(options, current);
      if (!steps) {
        const random = new Random(seed, "method");
        steps = method.start(options, () => random.next(), context);
      }
      const { done, value } = steps.next(answer);
      return done ? null : (value as Decision);
    },
  };
}
