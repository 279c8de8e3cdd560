/**
 * Whether a path matches a pattern of a data set's README: `*`, `?` and `[a-z]` within a name, `**` for any folders.
 * These patterns come from strangers, so this takes time in proportion to pattern times path, whatever they are
 * (expressions made of them may take exponential time).
 */
export function matchesGlob(path: string, pattern: string): boolean {
  return matches(path.split("/"), pattern.split("/"), (part) => part === "**", matchesName);
}

export function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

function matchesName(name: string, pattern: string): boolean {
  const tokens = pattern.match(/\[[^\]]+\]|[\s\S]/gu) ?? [];
  return matches([...name], tokens, (token) => token === "*", matchesCharacter);
}

function matchesCharacter(character: string, token: string): boolean {
  if (token === "?") return true;
  if (token.length < 3 || !token.startsWith("[")) return character === token;
  const not = token[1] === "!" || token[1] === "^";
  const set = [...token.slice(not ? 2 : 1, -1)];
  let found = false;
  for (let i = 0; i < set.length; i++) {
    const range = set[i + 1] === "-" && i + 2 < set.length;
    found ||= range ? set[i]! <= character && character <= set[i + 2]! : set[i] === character;
    if (range) i += 2;
  }
  return found !== not;
}

/** Items against tokens, of which those that are `many` stand for any number of items: only the last of these is ever gone back to. */
function matches<T>(
  items: readonly T[],
  tokens: readonly T[],
  many: (token: T) => boolean,
  one: (item: T, token: T) => boolean,
): boolean {
  let token = 0;
  let item = 0;
  let lastMany = -1;
  let resume = 0;
  while (item < items.length) {
    if (token < tokens.length && many(tokens[token]!)) {
      lastMany = token++;
      resume = item;
    } else if (token < tokens.length && one(items[item]!, tokens[token]!)) {
      token++;
      item++;
    } else if (lastMany >= 0) {
      token = lastMany + 1;
      item = ++resume;
    } else return false;
  }
  while (token < tokens.length && many(tokens[token]!)) token++;
  return token === tokens.length;
}
