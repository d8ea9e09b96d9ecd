/** A strict reading of a page: it throws where a browser would have to guess. */

export interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

export interface Page {
  /** Opening tags in order. */
  readonly tags: readonly Tag[];
  /** What a reader sees, and texts for screen readers, without the style sheet. */
  readonly text: string;
}

const VOID = new Set(['meta', 'br', 'hr', 'img', 'input', 'link']);
const SVG_SHAPES = new Set(['rect', 'line', 'path', 'circle']);
const TOKEN = /<!doctype html>|<(\/?)([a-z][a-z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9-]*="[^"<>]*")*)\s*(\/?)>|[^<>]+/gy;
const ENTITY = /&(amp|lt|gt|quot|#39);/g;
const CHARACTERS: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function decode(text: string): string {
  const bare = text.replace(ENTITY, '');
  if (bare.includes('&')) throw new Error(`a bare & in ${JSON.stringify(text.slice(0, 80))}`);
  return text.replace(ENTITY, (_, name: string) => CHARACTERS[name]);
}

function attributesOf(text: string): Map<string, string> {
  const pairs = [...text.matchAll(/([a-zA-Z][a-zA-Z0-9-]*)="([^"]*)"/g)].map(
    ([, name, value]) => [name, decode(value)] as const,
  );
  const attributes = new Map(pairs);
  if (attributes.size < pairs.length) throw new Error(`an attribute twice in ${text}`);
  return attributes;
}

/** Reads a page whose tags all match, whose attributes are all quoted, and whose ids are unique. */
export function readPage(html: string): Page {
  const tags: Tag[] = [];
  const open: string[] = [];
  let text = '';
  let at = 0;
  const markup = html.replace(/<style>[^<]*<\/style>/, '<style></style>');
  while (at < markup.length) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(markup);
    if (!token) throw new Error(`no markup and no text: ${JSON.stringify(markup.slice(at, at + 80))}`);
    at = TOKEN.lastIndex;
    const [whole, closing, name, attributes, selfClosing] = token;
    if (!name) text += whole.startsWith('<') ? '' : decode(whole);
    else if (closing) {
      const expected = open.pop();
      if (expected !== name) throw new Error(`</${name}> closes <${expected}>`);
    } else {
      tags.push({ name, attributes: attributesOf(attributes) });
      if (selfClosing && !VOID.has(name) && !SVG_SHAPES.has(name)) throw new Error(`<${name} /> closes itself`);
      if (!selfClosing && !VOID.has(name)) open.push(name);
    }
  }
  if (open.length > 0) throw new Error(`never closed: ${open.join(', ')}`);
  const ids = tags.flatMap((tag) => tag.attributes.get('id') ?? []);
  if (new Set(ids).size < ids.length) throw new Error('an id twice');
  return { tags, text: text.replace(/\s+/g, ' ') };
}
