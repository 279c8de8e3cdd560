const deepest = 1000;

/**
 * `JSON.parse` of a foreign text, which may not be nested deeper than 1,000: each of a hundred million brackets in a row,
 * which compress to nothing, would become an object, and what walks a value (`JSON.stringify`, too) runs out of stack.
 *
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  if (text.length > deepest && isDeeper(text, deepest))
    throw new SyntaxError(`nested deeper than ${deepest} levels`);
  return JSON.parse(text);
}

function isDeeper(text: string, most: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // a string, with its escapes
        for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++)
          if (text.charCodeAt(at) === 0x5c) at++;
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > most) return true;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
    }
  }
  return false;
}
