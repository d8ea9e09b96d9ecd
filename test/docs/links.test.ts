import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './pages';

const pages = ['.', 'docs', 'examples']
  .flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: folder !== '.' }).map((file) => path.join(folder, String(file))),
  )
  .filter((file) => file.endsWith('.md'));

/** A page's text without its code. */
const prose = (file: string) =>
  readFileSync(path.join(ROOT, file), 'utf8')
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ''));

/** The anchors of a page's headings, as GitHub makes them. */
const anchors = (file: string) =>
  [...prose(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

test('every link to a file of the repository leads to it, and to a heading that exists', () => {
  expect(pages.length).toBeGreaterThan(12);
  const broken = pages.flatMap((page) =>
    [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link]) => link)
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [target, anchor] = link.split('#');
        const file = target === '' ? page : path.join(path.dirname(page), target);
        if (!existsSync(path.join(ROOT, file))) return true;
        return anchor !== undefined && !anchors(file).includes(anchor);
      })
      .map((link) => `${page}: ${link}`),
  );
  expect(broken).toEqual([]);
});
