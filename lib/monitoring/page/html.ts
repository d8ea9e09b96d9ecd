import { whole } from '../../statistics/figures';

/** Text that is HTML already. `html` and `trusted` alone make it, so nothing else reaches a page unescaped. */
export interface Html {
  readonly html: string;
}

/** What may stand in a template: text and numbers are escaped, nothing at all is left out. */
export type HtmlValue = string | number | Html | readonly Html[] | undefined;

/** Builds HTML from a template: html`<b>${text}</b>`. Quote attributes: inside double quotes escaped text is safe as well. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return { html: strings.reduce((page, text, index) => page + render(values[index - 1]) + text) };
}

/** HTML that is part of this program, such as a style sheet; never what came from outside. */
export function trusted(text: string): Html {
  return { html: text };
}

function render(value: HtmlValue): string {
  if (value === undefined) return '';
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value));
  return 'html' in value ? value.html : value.map((part) => part.html).join('');
}

/** Control characters, halves of surrogate pairs, non-characters, and marks that turn the direction of what follows. */
const UNSEEN = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for elements and quoted attributes. Characters that one cannot see are shown by their code, as `\u202e`. */
export function escapeText(text: string): string {
  return text
    .replace(UNSEEN, (unseen) => `\\u${unseen.codePointAt(0)!.toString(16).padStart(4, '0')}`)
    .replace(/[&<>"']/g, (special) => ENTITIES[special]);
}

/** The beginning of a long text, with its length; whole characters only. */
export function clip(text: string, length: number): string {
  if (text.length <= length) return text;
  const beginning = [...text.slice(0, 2 * length)].slice(0, length).join('');
  return `${beginning}… (${whole(text.length)} characters)`;
}

/** Most characters of a name that are shown: enough to recognize it. */
const NAME_LENGTH = 100;

/** A name from outside: clipped, and in a direction of its own. */
export function nameHtml(name: string): Html {
  return html`<bdi>${clip(name, NAME_LENGTH)}</bdi>`;
}

/** A name within a text that takes no elements: titles and descriptions. */
export function nameText(name: string): string {
  return clip(name, NAME_LENGTH);
}
