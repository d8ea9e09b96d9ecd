/** The library of BigQuery's routines, as it is shipped (`node tools/bundle-runtime.mjs`). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { championModel } from '../../../lib/deployer/record';
import { Stage } from './runner';

const file = path.resolve(__dirname, '../../../dist/runtime/google/program.js');

/** What engines of 2020 do not have, and what BigQuery does not have at all. */
const ABSENT = [
  ...['at', 'findLast', 'findLastIndex', 'toSorted', 'toReversed', 'toSpliced', 'with'].map(
    (name) => `Array.prototype.${name}`,
  ),
  ...['at', 'replaceAll'].map((name) => `String.prototype.${name}`),
  ...['Object.hasOwn', 'Object.groupBy', 'Intl', 'console', 'WebAssembly'],
].map((name) => name.replace(/^(?!.*\.)/, 'globalThis.'));

describe('program.js', () => {
  let context: vm.Context;
  beforeAll(() => {
    context = vm.createContext({});
    vm.runInContext(ABSENT.map((name) => `delete ${name};`).join('\n'), context);
    vm.runInContext(readFileSync(file, 'utf8'), context);
  });

  /** As the body of the routine calls it. */
  function routine(input: string): string {
    context.input = input;
    return vm.runInContext('cdkMlops.program(input)', context) as string;
  }

  test('is below the 1 MB that BigQuery takes', () => {
    expect(readFileSync(file).length).toBeLessThan(1_000_000);
  });

  test('brings models into production and judges a test, in bare JavaScript', () => {
    const abTest = { trafficPercent: 20, durationHours: 24, goal: 'notWorse', margin: 0.5 } as const;
    const stage = new Stage({ abTest });
    stage.program = routine;
    stage.approve(1);
    stage.cloud.doing = (_model, percent) => ({ requests: percent * 10, errors: Math.round(percent / 10) });
    stage.approve(2);
    stage.ticks(24, 60);
    expect(championModel(stage.record)?.model.number).toBe(2);
  });

  test('says in words what it cannot do', () => {
    const input = { program: 'deployer', activity: 'dance', context: { now: '2026-11-26T12:00:00Z' }, answers: [] };
    expect(JSON.parse(routine(JSON.stringify(input)))).toEqual({ failure: 'there is no activity dance of deployer' });
  });
});
