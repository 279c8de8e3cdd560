import { Environment, Interpreter, Template } from "@huggingface/jinja";
import { withinTime } from "../time-limit.ts";
import { TextError } from "./error.ts";

/** One message of a conversation, in the form that chat templates read; other keys are the template's own business. */
export interface Message {
  readonly role: string;
  readonly content: string;
  readonly [key: string]: unknown;
}

/** A tokenizer's own way of writing a conversation: a Jinja template and the texts of its special tokens. */
export interface ChatTemplateSource {
  readonly template: string;
  /** `bos_token`, `eos_token`, …, as the template names them. */
  readonly specials: Readonly<Record<string, string>>;
}

export interface ChatTemplate {
  /**
   * The conversation as text, as transformers' `apply_chat_template(tokenize=False)` writes it.
   *
   * @param options.addGenerationPrompt ends with the beginning of the assistant's next message
   * @throws TextError with what the template says against the conversation
   */
  render(
    messages: readonly Message[],
    options?: { addGenerationPrompt?: boolean; tools?: readonly unknown[] | undefined },
  ): string;
}

/** Longer ones are refused; those of released models have up to some ten thousand characters. */
const longestTemplate = 1_000_000;
const longestRange = 100_000;
/** Milliseconds for one conversation: loops within loops of a foreign template take for ever. */
const LONGEST = 500;

/**
 * Compiles a chat template. The date that some templates write (`strftime_now`) is a fixed one, 26 July 2024, which is what Llama's
 * templates say where there is no clock: what a run trains on must not depend on the day.
 *
 * @param where the directory or file it is from, for messages
 * @throws TextError where it is not a template that can be read
 */
export function compileChatTemplate(source: ChatTemplateSource, where: string): ChatTemplate {
  if (source.template.length > longestTemplate)
    throw new TextError(
      `${where}: the chat template has ${source.template.length} characters; at most ${longestTemplate} are read`,
    );
  let compiled: Template;
  try {
    compiled = withinTime(LONGEST, () => new Template(source.template));
  } catch (error) {
    throw new TextError(`${where}: the chat template can't be read (${(error as Error).message})`);
  }
  return {
    render(messages, { addGenerationPrompt = false, tools } = {}) {
      const environment = new Environment();
      const names = {
        ...globals,
        ...source.specials,
        messages,
        add_generation_prompt: addGenerationPrompt,
        // transformers passes both, null where there are none; `is defined` and truth tests see the same.
        tools: tools ?? null,
        documents: null,
      };
      try {
        for (const [name, value] of Object.entries(names)) environment.set(name, value);
        return withinTime(LONGEST, () => String(new Interpreter(environment).run(compiled.parsed).value));
      } catch (error) {
        throw new TextError(`the chat template refuses the conversation: ${(error as Error).message}`);
      }
    },
  };
}

/** As `Template.render` has them, but for `range` and the date. */
const globals = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
  raise_exception(text: unknown): never {
    throw new Error(String(text));
  },
  range: boundedRange,
  strftime_now: fixedDate,
};

function boundedRange(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const count = Math.max(0, Math.ceil((to - from) / step));
  if (!(count <= longestRange)) throw new Error(`range(${from}, ${to}, ${step}) is too long`);
  return Array.from({ length: count }, (_, i) => from + i * step);
}

/** Python's `strftime` of 26 July 2024, a Friday, for the directives that chat templates use. */
function fixedDate(format: string): string {
  const parts: Readonly<Record<string, string>> = {
    Y: "2024",
    y: "24",
    m: "07",
    d: "26",
    B: "July",
    b: "Jul",
    A: "Friday",
    a: "Fri",
    H: "00",
    I: "12",
    M: "00",
    S: "00",
    p: "AM",
    j: "208",
    "%": "%",
  };
  return format.replace(/%-?([a-zA-Z%])/g, (whole, letter: string) => {
    const part = parts[letter];
    if (part === undefined) return whole;
    return whole[1] === "-" ? part.replace(/^0(?=.)/, "") : part;
  });
}
