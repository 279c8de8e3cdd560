import type { Random } from "../../src/data/random.ts";
import { damageBytes } from "./damage-bytes.ts";

/** Pieces of Jinja that take long, take much, or end in the middle. */
const fragments: readonly ((random: Random) => string)[] = [
  () => "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
  () => "{% for a in range(99999) %}{{ messages | tojson }}{% endfor %}",
  () => "{% set x = 'ab' %}{% for a in range(60) %}{% set x = x ~ x %}{{ x }}{% endfor %}",
  () =>
    "{% set n = namespace(x='ab') %}{% for a in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}",
  () => "{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(1) }}",
  () => "{{ messages.constructor.constructor('return process')() }}",
  () => "{{ messages.__proto__.polluted }}{% set messages.__proto__.polluted = true %}",
  () => "{{ ''['constructor']['prototype'] }}",
  () => "{{ range(1e308) }}{{ range(-1, 1, 0) }}",
  () => "{{ 'a' * 1000000000 }}{{ 9999999999999999 ** 99 }}",
  () => "{{ raise_exception(messages[99].content) }}",
  () => "{{ messages[0]['content'].split('').join('x' * 9999) }}",
  (random) => "(".repeat(10 ** (2 + random.integer(4))),
  (random) => `{{ ${"(".repeat(10 ** (1 + random.integer(4)))}1`,
  (random) => `{{ ${"[".repeat(10 ** (1 + random.integer(4)))}`,
  (random) => "{% if true %}".repeat(10 ** (1 + random.integer(4))),
  () => "{%",
  () => "{{ '",
  () => "{#",
  () => "{% endfor %}",
  () => "{% else %}",
  () => "{{ none.x.y }}",
  () => "{{ messages | unknown }}",
];

/** A Jinja template with pieces put in, taken out or cut. */
export function damageTemplate(text: string, random: Random): string {
  if (random.integer(3) === 0) return damageBytes(Buffer.from(text), random).toString("utf8");
  const tags = [...text.matchAll(/\{[{%#]|[}%#]\}/g)].map(({ index }) => index);
  const at = tags[random.integer(Math.max(1, tags.length))] ?? 0;
  switch (random.integer(4)) {
    case 0:
      return text.slice(0, at) + text.slice(tags[random.integer(tags.length)] ?? at);
    case 1:
      return text.slice(0, at) + text.slice(0, at) + text.slice(at);
    default:
      return text.slice(0, at) + fragments[random.integer(fragments.length)]!(random) + text.slice(at);
  }
}
