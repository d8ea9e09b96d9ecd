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
}

/** The text of a page. */
export function page(name: string): string {
  return readFileSync(path.join(ROOT, name), 'utf8');
}

/** The fenced blocks of a text, in their order. */
export function blocks(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w+)(.*)\n([\s\S]*?)^```$/gm)].map(([, language, info, text], index, all) => ({
    language,
    tags: Object.fromEntries(
      info
        .trim()
        .split(/\s+/)
        .map((word) => [word.split('=')[0], word.split('=')[1] ?? '']),
    ),
    text,
    line: markdown.slice(0, all[index].index).split('\n').length,
  }));
}
