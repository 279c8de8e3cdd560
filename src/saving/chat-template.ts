/**
 * A chat template (Jinja, as transformers' `apply_chat_template` reads it) that writes messages as a run's rows were
 * written: `template` around each user message, the assistant's right-stripped, then a space and the end token. A
 * generation prompt needs nothing more, since the template ends where the answer begins.
 */
export function chatTemplate(template: string): string {
  const [before = "", after = ""] = template.split("{prompt}");
  return [
    "{%- for message in messages -%}",
    "{%- if message['role'] == 'assistant' -%}",
    `{{- message['content'].rstrip() + ' ' + eos_token -}}`,
    "{%- elif message['role'] == 'user' -%}",
    `{{- ${literal(before)} + message['content'] + ${literal(after)} -}}`,
    "{%- else -%}",
    `{{- raise_exception("this model was trained on messages of user and assistant, not of " + message['role']) -}}`,
    "{%- endif -%}",
    "{%- endfor -%}",
    "",
  ].join("\n");
}

/** A text as Jinja writes it; JSON's escapes are among Python's. */
const literal = (text: string) => JSON.stringify(text);
