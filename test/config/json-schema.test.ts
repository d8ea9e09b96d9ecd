import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { jsonSchema } from '../../lib/config/json-schema';
import { sectionKeys } from '../../lib/config/resolve';

const ROOT = path.resolve(__dirname, '../..');
const GENERATOR = path.join(ROOT, 'tools/generate-schema.mjs');

const committed = () => readFileSync(path.join(ROOT, 'schema/mlops.schema.json'), 'utf8');

/** Every schema below a schema, with its path. */
function* parts(schema: any, at = '$'): Generator<[string, any]> {
  yield [at, schema];
  for (const [key, part] of Object.entries(schema.properties ?? {})) yield* parts(part, `${at}.${key}`);
  if (schema.items) yield* parts(schema.items, `${at}[]`);
  if (typeof schema.additionalProperties === 'object') yield* parts(schema.additionalProperties, `${at}.*`);
}

test('the committed schema is what the sources give; node tools/generate-schema.mjs renews it after a build', async () => {
  const { render } = await import(GENERATOR);
  expect(committed()).toBe(render(jsonSchema()));
});

test('it is a schema of draft 2020-12 that needs name and level only', () => {
  const schema = JSON.parse(committed());
  expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(schema.required).toEqual(['name', 'level']);
  expect(Object.keys(schema.properties.serving.properties)).toEqual(sectionKeys('serving'));
});

test('every map refuses unknown keys, and every key is described', () => {
  for (const [at, part] of parts(JSON.parse(committed()))) {
    if (part.properties) expect(part.additionalProperties, at).toBe(false);
    for (const [key, value] of Object.entries<any>(part.properties ?? {}))
      expect(value.description, `${at}.${key}`).toMatch(/\w/);
  }
});

test('it offers the words and says the defaults that an editor completes', () => {
  const { properties } = JSON.parse(committed());
  expect(properties.serving.properties.mode).toMatchObject({
    enum: ['realtime', 'serverless', 'asynchronous', 'batch'],
    default: 'realtime',
  });
  expect(properties.serving.properties.rollout.properties.percent).toMatchObject({
    minimum: 1,
    maximum: 50,
    default: 50,
  });
  expect(properties.level.enum).toEqual([0, 1, 2]);
});
