import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The repository. */
export const ROOT = path.resolve(__dirname, '../..');

/** A fenced block of a page: what stands after its fence, and between. */
export interface Block {
  readonly language: string;
  /** Words after the language; `key=value` where they have a value. */
  readonly tags: Readonly<Record<string, string>>;
  readonly text: string;
  /** Line of the fence, from 1. */
  readonly line: number;
  /** The block before it, when no text stands between. */
  readonly follows?: Block;
}

/** The text of a page. */
export function page(name: string): string {
  return readFileSync(path.join(ROOT, name), 'utf8');
}

/** The fenced blocks of a text, in their order. */
export function blocks(markdown: string): Block[] {
  const found: Block[] = [];
  let end = 0;
  for (const match of markdown.matchAll(/^```([\w.-]+)(.*)\n([\s\S]*?)^```$/gm)) {
    const [whole, language, info, text] = match;
    const words = info.split(/\s+/).filter((word) => word !== '');
    const tags = Object.fromEntries(words.map((word) => [word.split('=')[0], word.split('=')[1] ?? '']));
    const line = markdown.slice(0, match.index).split('\n').length;
    const adjacent = markdown.slice(end, match.index).trim() === '';
    found.push({ language, tags, text, line, ...(adjacent && { follows: found.at(-1) }) });
    end = match.index + whole.length;
  }
  return found;
}
