import { describe, expect, test } from 'vitest';
import { lintEnvironment, lintWorkflow } from '../../../lib/google/workflows/lint';
import type { Step, Steps, Subworkflow } from '../../../lib/google/workflows/workflow';

const DONE: Steps = [{ done: { return: 1 } }];

/** What the lint says of a workflow with a step, and with subworkflows. */
function problems(step: unknown, subworkflows: Record<string, Subworkflow> = {}): string[] {
  const main = { steps: [{ first: step as Step }, { last: { return: 1 } }] };
  return lintWorkflow(JSON.stringify({ main, ...subworkflows }));
}

const assignments = (count: number) => Array.from({ length: count }, (_, i) => ({ [`v${i}`]: i }));
const conditions = (count: number) => Array.from({ length: count }, () => ({ condition: '${true}', next: 'last' }));
const branches = (count: number) => Array.from({ length: count }, (_, i) => ({ [`b${i}`]: { assign: [{ v: 1 }] } }));
const expression = (length: number) => `\${${'1'.padEnd(length, ' ')}}`;

describe('limits', () => {
  test.each([
    ['assignments', (n: number) => ({ assign: assignments(n) }), 50],
    ['conditions', (n: number) => ({ switch: conditions(n) }), 50],
    ['branches', (n: number) => ({ parallel: { branches: branches(n) } }), 10],
    ['characters', (n: number) => ({ assign: [{ v: { deep: [expression(n)] } }] }), 400],
    ['characters', (n: number) => ({ switch: [{ condition: expression(n), next: 'last' }] }), 400],
    ['characters', (n: number) => ({ call: 'sys.log', args: { text: expression(n) } }), 400],
    [
      'characters',
      (n: number) => ({ for: { value: 'v', in: expression(n), steps: [{ inner: { assign: [{ a: 1 }] } }] } }),
      400,
    ],
    ['characters', (n: number) => ({ raise: expression(n) }), 400],
  ])('%s: %o', (unit, step, most) => {
    expect(problems(step(most))).toEqual([]);
    expect(problems(step(most + 1))).toEqual([
      expect.stringMatching(new RegExp(`main\\.first has ${most + 1} ${unit}, allowed: at most ${most}$`)),
    ]);
  });

  test('size of the source', () => {
    const source = JSON.stringify({ main: { steps: DONE } });
    expect(lintWorkflow(source.padEnd(128 * 1024, ' '))).toEqual([]);
    expect(lintWorkflow(source.padEnd(128 * 1024 + 1, ' '))).toEqual([
      'the source has 131073 bytes, allowed: at most 131072',
    ]);
  });

  test('depth of calls', () => {
    const chain = (length: number) =>
      Object.fromEntries(
        Array.from({ length }, (_, i) => [
          `s${i}`,
          { steps: i + 1 < length ? [{ go: { call: `s${i + 1}` } }] : DONE } as Subworkflow,
        ]),
      );
    expect(problems({ call: 's0' }, chain(19))).toEqual([]);
    expect(problems({ call: 's0' }, chain(20))).toEqual(['main has 21 nested calls, allowed: at most 20']);
  });

  test('depth of parallel steps', () => {
    const nested = (depth: number): unknown => {
      const inner = depth === 1 ? { assign: [{ v: 1 }] } : nested(depth - 1);
      return { parallel: { for: { value: 'v', in: '${[1]}', steps: [{ [`p${depth}`]: inner }] } } };
    };
    expect(problems(nested(2))).toEqual([]);
    expect(problems(nested(3))).toEqual([expect.stringContaining('has 3 nested parallel steps, allowed: at most 2')]);
  });

  test('parameters', () => {
    const many = Array.from({ length: 11 }, (_, i) => `p${i}`);
    const args = Object.fromEntries(many.map((name) => [name, 1]));
    expect(problems({ call: 'sub', args }, { sub: { params: many, steps: DONE } })).toEqual([
      'sub has 11 parameters, allowed: at most 10',
    ]);
    expect(lintWorkflow(JSON.stringify({ main: { params: ['a', 'b'], steps: DONE } }))).toEqual([
      'main has 2 parameters, allowed: at most 1',
    ]);
  });
});

describe('structure', () => {
  test.each([
    ['not JSON', 'main:', /^the source is not JSON/],
    ['no main', '{"other": {"steps": []}}', /^the source has no workflow "main"$/],
    ['no steps', '{"main": {"steps": []}}', /^main has no steps$/],
    ['two steps under one item', '{"main": {"steps": [{"a": {"return": 1}, "b": {"return": 1}}]}}', /not one step/],
  ])('%s', (_, source, problem) => {
    expect(lintWorkflow(source)).toEqual([expect.stringMatching(problem)]);
  });

  test.each([
    [
      'a jump to nowhere',
      { assign: [{ v: 1 }], next: 'nowhere' },
      'main.first goes to the step nowhere, which is not there',
    ],
    [
      'a jump into another workflow',
      { switch: [{ condition: '${true}', next: 'done' }] },
      'main.first goes to the step done, which is not there',
    ],
    ['a step that does nothing', {}, 'main.first must do one thing, got nothing'],
    ['a step that does two things', { return: 1, raise: 'x' }, 'main.first must do one thing, got raise and return'],
    [
      'a condition that is no expression',
      { switch: [{ condition: 'true', next: 'last' }] },
      'main.first: a condition must be one expression',
    ],
    [
      'a call of nothing',
      { call: 'htp.get' },
      'main.first calls htp.get, which is neither a subworkflow nor of the standard library',
    ],
    ['a missing argument', { call: 'sub', args: {} }, 'main.first calls sub with (), which takes (value)'],
    [
      'an unknown argument',
      { call: 'sub', args: { value: 1, other: 2 } },
      'main.first calls sub with (value, other), which takes (value)',
    ],
    [
      'a predicate that is not there',
      { try: { call: 'http.get' }, retry: { predicate: '${nobody}' } },
      'main.first retries by nobody, which is not there',
    ],
    ['a variable with a hyphen', { assign: [{ 'a-b': 1 }] }, 'main.first: the name "a-b" must be'],
    ['a result with a hyphen', { call: 'http.get', result: 'a-b' }, 'main.first: the name "a-b" must be'],
    [
      'a reserved step name',
      { for: { value: 'v', in: '${[1]}', steps: [{ end: { assign: [{ v: 1 }] } }] } },
      'the name "end" must be',
    ],
    [
      'two steps of one name',
      { try: { steps: [{ last: { call: 'http.get' } }] } },
      'main has another step of that name',
    ],
  ])('%s', (_, step, problem) => {
    const used: Steps = [{ done: { return: '${value}' } }];
    const caller: Subworkflow = { steps: [{ use: { call: 'sub', args: { value: 1 } } }] };
    const found = problems(step, { sub: { params: ['value'], steps: used }, caller });
    expect(found.filter((text) => !text.startsWith('nothing calls '))).toEqual([expect.stringContaining(problem)]);
  });

  test('subworkflows that nobody calls, and calls that never end', () => {
    expect(problems({ call: 'sys.log' }, { sub: { steps: DONE } })).toEqual(['nothing calls sub']);
    expect(problems({ call: 'sub' }, { sub: { steps: [{ again: { call: 'sub' } }] } })).toEqual([
      'main calls sub calls sub: the calls never end',
    ]);
  });

  test('braces in strings do not end an expression', () => {
    const text = `\${"}" + '}' + "\\"}" + ${'1'.padEnd(390, ' ')}}`;
    expect(problems({ return: text })).toEqual([
      expect.stringMatching(/^an expression of main.first has \d+ characters/),
    ]);
  });

  test('paths may be assigned', () => {
    expect(problems({ assign: [{ 'a.b': 1 }, { 'a["b"]': 1 }, { 'a[0]': 1 }] })).toEqual([]);
  });
});

test('the environment of a workflow has limits too', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`V${i}`, '']));
  expect(lintEnvironment({ ...many(19), LONG: 'é'.repeat(2048) })).toEqual([]);
  expect(lintEnvironment(many(21))).toEqual(['the environment has 21 variables, allowed: at most 20']);
  expect(lintEnvironment({ LONG: 'é'.repeat(2049) })).toEqual([
    'the variable LONG has 4098 bytes, allowed: at most 4096',
  ]);
  expect(lintEnvironment({ GOOGLE_X: '', WORKFLOWS_X: '', '': '' })).toHaveLength(3);
});
