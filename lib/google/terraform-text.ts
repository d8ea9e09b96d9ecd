import type { IConstruct } from 'constructs';
import { resolve } from './engine';

/** The engine's tokens in text: they stay, and become references. */
const TOKEN = /\$\{TfToken\[[^\]]*\]\}/g;

/**
 * Text for a string in Terraform JSON that means itself: Terraform would read its `${` and `%{` as expressions. Tokens of the engine
 * in it stay references.
 */
export function terraformText(text: string): string {
  let escaped = '';
  let end = 0;
  for (const token of text.matchAll(TOKEN)) {
    escaped += escapeLiteral(text.slice(end, token.index)) + token[0];
    end = token.index + token[0].length;
  }
  return escaped + escapeLiteral(text.slice(end));
}

/** Text with its tokens as the references that they become: the same in every synthesis, so that it can be hashed. */
export function settledText(scope: IConstruct, text: string): string {
  const settled = new Map<string, string>();
  return text.replaceAll(TOKEN, (token) => {
    const reference = settled.get(token) ?? String(resolve(scope, token));
    settled.set(token, reference);
    return reference;
  });
}

function escapeLiteral(text: string): string {
  // Functions, because `$$` in a replacement means one `$`.
  return text.replaceAll('${', () => '$${').replaceAll('%{', () => '%%{');
}
