import { expect, test } from 'vitest';
import { base64 } from '../../../../lib/runtime/google/program/drift/base64';

test.each(['', 'a', 'ab', 'abc', 'Zürich 🛫 – "quoted" 100 %'])('%j is encoded as Node does it', (text) => {
  expect(base64(text)).toBe(Buffer.from(text, 'utf8').toString('base64'));
});
