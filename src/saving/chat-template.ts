/**
 * A chat template (Jinja, as transformers' `apply_chat_template` reads it) that writes messages as a run's rows were
 * written (src/data/chat.ts): `template` around each user message, a system message before its question; the
 * assistant's right-stripped, then a space and the end token, and a line's end before the next turn. A generation prompt
 * needs nothing more, since the template ends where the answer begins.
 *
 * @param options.bos begins with the beginning token, as rows of a tokenizer that adds one did
 */
export function chatTemplate(template: string, { bos = false } = {}): string {
  const [before = "", after = ""] = template.split("{prompt}");
  return [
    ...(bos ? ["{{- bos_token -}}"] : []),
    "{%- set ns = namespace(system='') -%}",
    "{%- for message in messages -%}",
    "{%- if message['role'] == 'assistant' -%}",
    `{{- message['content'].rstrip() + ' ' + eos_token -}}`,
    `{%- if not loop.last -%}{{- "\\n" -}}{%- endif -%}`,
    "{%- elif message['role'] == 'user' -%}",
    `{{- ${literal(before)} + ns.system + message['content'] + ${literal(after)} -}}`,
    "{%- set ns.system = '' -%}",
    "{%- elif message['role'] in ['system', 'developer'] -%}",
    `{%- set ns.system = ns.system + message['content'] + "\\n\\n" -%}`,
    "{%- else -%}",
    `{{- raise_exception("this model was trained on messages of system, user and assistant, not of " + message['role']) -}}`,
    "{%- endif -%}",
    "{%- endfor -%}",
    "",
  ].join("\n");
}

/** A text as Jinja writes it; JSON's escapes are among Python's. */
const literal = (text: string) => JSON.stringify(text);
