import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(__dirname, '../..');

/** Every source file with the files that it imports, types included. */
function importsByFile(): Map<string, string[]> {
  const files = ['lib', 'bin'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => path.join(root, folder, name)),
  );
  return new Map(files.map((file) => [file, importsOf(file)]));
}

function importsOf(file: string): string[] {
  const specifiers = [...readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(
    ([, name]) => name,
  );
  const bases = specifiers.map((name) => path.resolve(path.dirname(file), name.replace(/\.js$/, '')));
  return bases
    .map((base) => [`${base}.ts`, path.join(base, 'index.ts')].find(existsSync))
    .filter((name) => name !== undefined);
}

/** The first circle of imports, as the files along it. */
function findCircle(imports: Map<string, string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, trail: string[]): string[] | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return undefined;
    done.add(file);
    for (const next of imports.get(file) ?? []) {
      const circle = visit(next, [...trail, file]);
      if (circle) return circle;
    }
    return undefined;
  };
  for (const file of imports.keys()) {
    const circle = visit(file, []);
    if (circle) return circle.map((name) => path.relative(root, name));
  }
  return undefined;
}

test('no file imports itself over others', () => {
  const imports = importsByFile();
  expect([...imports.values()].flat().length).toBeGreaterThan(150); // the imports are really read
  expect(findCircle(imports)).toBeUndefined();
});

test('a circle would be found', () => {
  const imports = new Map([
    ['a', ['b']],
    ['b', ['c']],
    ['c', ['b']],
  ]);
  expect(findCircle(imports)).toHaveLength(3);
});
