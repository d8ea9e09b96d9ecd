/** The expressions in a value and in all that it holds, without their `${` and `}`. */
export function expressionsOf(value: unknown): string[] {
  if (typeof value === 'string') return expressionsOfText(value);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(expressionsOf);
  return [];
}

/** An expression ends at the first closing brace that is not in a string; one that never ends takes the rest of the text. */
function expressionsOfText(text: string): string[] {
  const expressions = [];
  for (let start = text.indexOf('${'); start >= 0;) {
    const [body] = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^}"'])*/.exec(text.slice(start + 2)) ?? [''];
    expressions.push(body);
    start = text.indexOf('${', start + 2 + body.length);
  }
  return expressions;
}
