import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { instanceTypeOf } from '../../lib/aws/instance-types';
import awsImages from '../../lib/aws/facts/framework-images.json';
import googleImages from '../../lib/config/facts/google-framework-images.json';
import { googleMachineType } from '../../lib/config/google-machines';
import { jsonSchema } from '../../lib/config/json-schema';
import { problemLines } from '../config/full-config';
import type { Cloud } from './cloud-samples';
import { beside, ECR_IMAGE, GOOGLE_IMAGE, otherValue, output, pathOf, PLACES, sample } from './cloud-samples';
import { page, ROOT } from './pages';

interface Leaf {
  readonly path: string;
  readonly part: Record<string, any>;
}

describe('docs/clouds.md', async () => {
  const { leavesOf, cellOf, render } = await import(path.join(ROOT, 'tools/generate-cloud-docs.mjs'));
  const leaves: Leaf[] = leavesOf(jsonSchema());
  const text = page('docs/clouds.md');

  /** What a cloud does with a key, as the page says. */
  const cell = (key: string, cloud: Cloud): string => cellOf(key, cloud);
  const isRead = (key: string, cloud: Cloud) => cell(key, cloud) !== 'not read';
  const isRefusedWhole = (key: string, cloud: Cloud) => cell(key, cloud).startsWith('refused:');

  test('the tables are what the sources give; node tools/generate-cloud-docs.mjs renews them after a build', () => {
    const sources = { jsonSchema, instanceTypeOf, googleMachineType, awsImages, googleImages };
    expect(text).toBe(render(text, sources));
  });

  test('every key that holds a value stands in the tables once, and nothing else does', async () => {
    const { CLOUD_KEYS } = await import(path.join(ROOT, 'tools/cloud-keys.mjs'));
    const keys = leaves.map((leaf) => leaf.path);
    expect(Object.keys(CLOUD_KEYS).sort()).toEqual([...keys].sort());
    const rows = [...text.split('## Every key')[1].matchAll(/^\| `([^`]+)` \| .+ \| .+ \|$/gm)].map(([, key]) => key);
    expect(rows).toEqual(keys);
    expect(keys.length).toBeGreaterThan(100);
  });

  test('the config for both clouds is valid on both', () => {
    const [, block] = /^## Running both$[\s\S]*?^```yaml\n([\s\S]*?)^```$/m.exec(text)!;
    for (const cloud of ['aws', 'google'] as const) expect(problemLines(parse(block), { cloud })).toEqual([]);
  });

  /** Values to try for a key, by the word that the page has for them. */
  function candidates({ path: key, part }: Leaf, cloud: Cloud): Map<string, unknown> {
    if (part.enum) return new Map(part.enum.map((word: unknown) => [String(word), word]));
    if (part.type === 'boolean') return new Map([true, false].map((value) => [String(value), value]));
    const pattern = part.pattern ?? '';
    if (pattern.includes('s3:') && pattern.includes('gs:')) return new Map(Object.entries(PLACES));
    if (/image$/i.test(key)) return new Map(Object.entries({ '*.amazonaws.com': ECR_IMAGE, other: GOOGLE_IMAGE }));
    if (part.type === 'object') return new Map(Object.entries({ other: { KEY: 'v' }, '{{$': { KEY: '{{$.inputs}}' } }));
    return new Map(Object.entries({ other: otherValue(key, part, cloud)[pathOf(key)] }));
  }

  /** The values that validation refuses on one cloud, and takes without one. */
  function refusedValues(leaf: Leaf, cloud: Cloud): string[] {
    const tried = [...candidates(leaf, cloud)].filter(([, value]) => value !== undefined);
    return tried
      .filter(([, value]) => {
        const config = sample(cloud, { ...beside(leaf.path, cloud), [pathOf(leaf.path)]: value });
        const anyway = problemLines(config);
        return problemLines(config, { cloud }).some((problem) => !anyway.includes(problem));
      })
      .map(([word]) => word);
  }

  /** The values that the page calls refused. */
  function saidRefused(leaf: Leaf, cloud: Cloud): string[] {
    if (isRefusedWhole(leaf.path, cloud)) return [...candidates(leaf, cloud).keys()];
    const [, list = ''] = /refused: ([^;(]*)/.exec(cell(leaf.path, cloud)) ?? [];
    return [...list.matchAll(/`([^`]+)`/g)].map(([, word]) => word);
  }

  describe.each(['aws', 'google'] as const)('on %s', (cloud) => {
    const other = ({ path: key, part }: Leaf) => otherValue(key, part, cloud);
    const accepted = leaves.filter(
      (leaf) =>
        !isRefusedWhole(leaf.path, cloud) && !saidRefused(leaf, cloud).includes(`${other(leaf)[pathOf(leaf.path)]}`),
    );

    test('the samples are valid', () => {
      expect(accepted.length).toBeGreaterThan(100);
      expect(problemLines(sample(cloud), { cloud })).toEqual([]);
      for (const leaf of accepted) {
        const config = sample(cloud, { ...beside(leaf.path, cloud), ...other(leaf) });
        expect([leaf.path, problemLines(config, { cloud })]).toEqual([leaf.path, []]);
      }
    });

    test('what the page calls refused is refused, and nothing else is', () => {
      for (const leaf of leaves) {
        expect([leaf.path, refusedValues(leaf, cloud)]).toEqual([leaf.path, saidRefused(leaf, cloud)]);
      }
    });

    const changes = (leaf: Leaf) => {
      const context = beside(leaf.path, cloud);
      return output(cloud, sample(cloud, context)) !== output(cloud, sample(cloud, { ...context, ...other(leaf) }));
    };
    const built = accepted.filter((leaf) => isRead(leaf.path, cloud));

    test.each(built)('$path changes what is deployed', (leaf) => {
      expect(changes(leaf)).toBe(true);
    });

    test('no other key does', { timeout: 60_000 }, () => {
      const others = accepted.filter((leaf) => !built.includes(leaf));
      expect(others.length).toBeGreaterThan(10);
      expect(others.filter(changes).map((leaf) => leaf.path)).toEqual([]);
    });
  });
});
