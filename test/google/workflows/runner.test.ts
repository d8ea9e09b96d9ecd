import { describe, expect, test } from 'vitest';
import { expressionsOf } from '../../../lib/google/workflows/expressions';
import { lintEnvironment, lintWorkflow } from '../../../lib/google/workflows/lint';
import { runnerWorkflow } from '../../../lib/google/workflows/runner';
import { workflowSource } from '../../../lib/google/workflows/workflow';

const runner = runnerWorkflow('deployer');
const source = workflowSource(runner);

describe('the workflow that runs a program', () => {
  test('is within the limits of the service', () => {
    expect(lintWorkflow(source)).toEqual([]);
  });

  test('makes REST calls with OAuth2, each with a timeout and a retry, and uses no connectors', () => {
    const calls = [...source.matchAll(/"call": "([\w.]+)"/g)].map(([, name]) => name);
    expect(calls.filter((name) => name.startsWith('googleapis.'))).toEqual([]);
    const requests = calls.filter((name) => name.startsWith('http.'));
    expect(requests.sort()).toEqual(['http.get', 'http.post', ...Array<string>(4).fill('http.request')]);
    // What starts something is repeated only when it was refused for too many requests.
    for (const part of [/"type": "OAuth2"/g, /"timeout": 60/g, /"predicate": "\$\{is_(transient|throttled)\}"/g]) {
      expect(source.match(part)).toHaveLength(requests.length);
    }
    expect(source.match(/is_throttled\}/g)).toHaveLength(1);
  });

  test('reads what its environment has', () => {
    const read = expressionsOf(runner).flatMap((text) => [...text.matchAll(/sys\.get_env\("(\w+)"/g)]);
    expect([...new Set(read.map(([, name]) => name))].sort()).toEqual([
      'BIGQUERY_URL',
      'GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID',
      'GOOGLE_CLOUD_WORKFLOW_ID',
      'PROJECT',
      'REGION',
      'ROUTINE',
      'SETTINGS',
    ]);
    expect(lintEnvironment({ PROJECT: 'acme-ml', REGION: 'europe-west4', ROUTINE: 'a.b.c', SETTINGS: '{}' })).toEqual(
      [],
    );
  });

  test('differs between programs by their name only', () => {
    expect(workflowSource(runnerWorkflow('drift'))).toBe(source.replace('"deployer"', '"drift"'));
  });

  test('asks the program by a query that reads no table and is never answered from a cache', () => {
    expect(source).toContain('"${\\"SELECT \\" + tick + sys.get_env(\\"ROUTINE\\") + tick + \\"(@input)\\"}"');
    expect(source).toContain('"useQueryCache": false');
    expect(source).not.toMatch(/FROM/);
  });
});
