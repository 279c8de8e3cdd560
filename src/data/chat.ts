import { type ChatTemplate, compileChatTemplate, type Message } from "../text/chat-template.ts";
import { TextError } from "../text/error.ts";
import { promptText, responseText } from "../text/template.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { Conversation } from "./conversation.ts";
import type { Rendered } from "./examples.ts";
import type { Reading } from "./fields.ts";

/** A conversation as texts: a prompt, and one or two responses. */
export interface RenderedConversation {
  readonly prompt: string;
  readonly responses: readonly string[];
  readonly rendered?: Rendered;
}

/** How rows of chat messages become texts. */
export interface ChatFormat {
  /** The model's own chat template, or, where it has none, the specification's `template`. */
  readonly by: "chat template" | "template";
  render(conversation: Conversation): Reading<RenderedConversation>;
}

/**
 * The chat format of a model: its own chat template; where it has none, the specification's template around every turn of the user.
 *
 * @param where the model, for messages
 * @throws TextError where the model's chat template can't be read
 */
export function chatFormat(
  tokenizer: Pick<Tokenizer, "chat" | "eosText">,
  template: string,
  where = "the model",
): ChatFormat {
  if (!tokenizer.chat) return { by: "template", render: (of) => byTemplate(of, template, tokenizer.eosText) };
  const compiled = compileChatTemplate(tokenizer.chat, where);
  return {
    by: "chat template",
    render(conversation) {
      try {
        return byChatTemplate(conversation, compiled);
      } catch (error) {
        if (error instanceof TextError) return { problem: error.message };
        throw error;
      }
    },
  };
}

/**
 * The prompt with the beginning of the assistant's message, and of each whole conversation what comes after that, without the white
 * space at its end. Some templates begin a new answer differently from one that is there (with a place to think); there the prompt goes
 * up to the answer itself.
 */
function byChatTemplate(
  { prompt, responses, tools }: Conversation,
  template: ChatTemplate,
): Reading<RenderedConversation> {
  const asked = template.render(prompt, { addGenerationPrompt: true, tools });
  const texts: { before: string; response: string }[] = [];
  for (const messages of responses) {
    if (messages.length === 0) {
      texts.push({ before: asked, response: "" });
      continue;
    }
    const whole = template.render([...prompt, ...messages], { tools });
    let end = asked.length;
    if (!whole.startsWith(asked)) {
      const history = template.render(prompt, { tools });
      end = whole.startsWith(history) ? whole.indexOf(messages[0]!.content.trim(), history.length) : -1;
      if (end < 0)
        return {
          problem:
            "the chat template writes the conversation's beginning differently once the answer follows, so that prompt and answer can't be told apart",
        };
    }
    texts.push({ before: whole.slice(0, end), response: whole.slice(end).trimEnd() });
  }
  const [first, second] = texts;
  if (second && first!.before !== second.before)
    return { problem: 'the chat template writes different prompts for "chosen" and "rejected"' };
  return { row: { prompt: first!.before, responses: texts.map(({ response }) => response), rendered: true } };
}

/**
 * Without a chat template: the texts as they would be trained one after the other, `template(question) answer end`, each on a line of
 * its own; a system message stands before the first question. The beginning and end of the whole are left to the tokenising.
 */
function byTemplate(
  { prompt, responses, tools }: Conversation,
  template: string,
  eosText: string,
): Reading<RenderedConversation> {
  if (tools) return { problem: "the row has tools, and the model has no chat template to write them" };
  const slot = template.indexOf("{prompt}");
  const before = template.slice(0, Math.max(0, slot));
  const after = promptText(template, "").slice(before.length);
  const turns: Message[] = [];
  for (const message of prompt) {
    const last = turns.at(-1);
    if (last && isBefore(last.role) && message.role === "user")
      turns[turns.length - 1] = { role: "user", content: `${last.content}\n\n${message.content}` };
    else turns.push(message);
  }
  const between = { question: after, answer: `${responseText("", eosText)}\n${before}` };
  const texts = [alternating(turns, "user", between)];
  for (const messages of responses) texts.push(alternating(messages, "assistant", between));
  const [asked, ...answers] = texts.filter((text) => text !== null);
  if (asked === undefined || answers.length < responses.length)
    return {
      problem:
        "the model has no chat template; without one the messages of a conversation are those of user and assistant in turn, after at most one system message",
    };
  return { row: { prompt: asked, responses: answers } };
}

/** Messages of two in turn, the first and the last of the same one; null where they are others. */
function alternating(
  messages: readonly Message[],
  first: "user" | "assistant",
  between: { readonly question: string; readonly answer: string },
): string | null {
  if (messages.length > 0 && messages.length % 2 === 0) return null;
  let text = "";
  for (const [i, { role, content }] of messages.entries()) {
    const other = first === "user" ? "assistant" : "user";
    if (role !== (i % 2 === 0 ? first : other)) return null;
    const last = i === messages.length - 1;
    text += role === "assistant" && !last ? content.trimEnd() : content;
    if (!last) text += role === "user" ? between.question : between.answer;
  }
  return text;
}

function isBefore(role: string): boolean {
  return role === "system" || role === "developer";
}
