import { expect, test } from 'vitest';
import { expressions, hasExpression, isExpression, reference, references } from '../../../lib/google/diff/expressions';

test.each([
  ['plain', []],
  ['${a.b}', ['a.b']],
  ['x-${a.b}-${c.d}', ['a.b', 'c.d']],
  ['$${a.b} %%{if a.b}', []],
  ['%{if a.b}yes%{endif}', ['if a.b', 'endif']],
  ['${lower("}${a.b}")}', ['lower("}${a.b}")']],
  ['${{ a = { b = c.d } }}', ['{ a = { b = c.d } }']],
  ['${a.b', ['a.b']],
])('expressions in %s', (text, found) => {
  expect(expressions(text)).toEqual(found);
  expect(hasExpression(text)).toBe(found.length > 0);
});

test('an expression that stands alone can be of any type', () => {
  expect(['${a.b}', '${lower("${a.b}")}'].every(isExpression)).toBe(true);
  expect(['${a.b}-${c.d}', 'x${a.b}', '$${a.b}', 'a', 3].some(isExpression)).toBe(false);
});

test.each([
  ['${google_storage_bucket.b.name}', [{ address: 'google_storage_bucket.b', attribute: 'name', key: undefined }]],
  ['${data.google_project.p.number}', [{ address: 'data.google_project.p', attribute: 'number', key: undefined }]],
  [
    '${google_storage_bucket.b[0].website[0].name}',
    [{ address: 'google_storage_bucket.b', attribute: 'website', key: 'name' }],
  ],
  ['${google_storage_bucket.b.*.name}', [{ address: 'google_storage_bucket.b', attribute: 'name', key: undefined }]],
  [
    '${data.terraform_remote_state.s.outputs.x-y}',
    [{ address: 'data.terraform_remote_state.s', attribute: 'outputs', key: 'x-y' }],
  ],
  ['${local.a}', [{ address: 'local.a', attribute: undefined, key: undefined }]],
  ['${each.value.name}', []],
  ['${"google_storage_bucket.b.name"}', []],
  ['google_storage_bucket.b.name', []],
])('references in %s', (text, found) => {
  expect(references({ inside: [text] })).toEqual(found);
});

test('references are found in functions, conditions and texts in them', () => {
  const addresses = (text: string) => references(text).map(({ address }) => address);
  expect(addresses('${var.a ? local.b : format("%s-${module.c.d}", each.key)}')).toEqual([
    'var.a',
    'local.b',
    'module.c',
  ]);
});

test('an address alone is a reference too', () => {
  expect(reference('google_storage_bucket.b')).toEqual({
    address: 'google_storage_bucket.b',
    attribute: undefined,
    key: undefined,
  });
  expect(reference('b')).toBeUndefined();
});
