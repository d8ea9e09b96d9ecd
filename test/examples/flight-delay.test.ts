import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../bin/configs';
import { MlopsPipeline } from '../../lib/aws/mlops-pipeline';
import { resourcesOf } from '../../lib/google/diff/terraform';
import { GoogleProvider } from '../../lib/google/l1/google-resource';
import { MlopsPipeline as GooglePipeline } from '../../lib/google/mlops-pipeline';
import type { Level } from '../../lib/plan/levels';
import { synthesize } from '../aws/judges';
import { run } from '../bin/harness';
import { page, ROOT } from '../docs/pages';
import { synthesizeStack } from '../google/judges';

const CONFIG = path.join(ROOT, 'examples/flight-delay/mlops.yaml');
const LEVELS: readonly Level[] = [0, 1, 2];

/** How many resources a cloud has at each level, the data sources of Terraform left out. */
const COUNTS = {
  aws: async (level: Level) => {
    const app = new App();
    new MlopsPipeline(new Stack(app, 'Stack'), 'Pipeline', { config: await loadConfig([CONFIG], { level }) });
    return Object.keys(synthesize(app).Stack!.Resources!).length;
  },
  google: async (level: Level) => {
    const config = await loadConfig([CONFIG], { cloud: 'google', level });
    const document = synthesizeStack((stack) => {
      new GoogleProvider(stack, 'Google');
      new GooglePipeline(stack, 'Pipeline', { config });
    });
    return resourcesOf(document).length;
  },
};

/** What every level has, and what each adds to the one below. */
async function steps(cloud: keyof typeof COUNTS): Promise<number[]> {
  const counts = await Promise.all(LEVELS.map(COUNTS[cloud]));
  return counts.map((count, level) => count - (level === 0 ? 0 : counts[level - 1]));
}

describe('examples/flight-delay/README.md', () => {
  const text = page('examples/flight-delay/README.md').replaceAll(/\s+/g, ' ');

  test('counts the resources of each level on AWS', async () => {
    const said = [...text.matchAll(/\| \d \w+ \| \+? ?(\d+) \|/g)].map(([, count]) => Number(count));
    expect(said).toEqual(await steps('aws'));
  });

  test('counts them on Google Cloud', async () => {
    const [base, ...added] = await steps('google');
    expect(text).toContain(`the same config has ${base}, + ${added.join(' and + ')} resources`);
  });

  test('says how many requests a verdict takes', async () => {
    const level2 = path.join(ROOT, 'examples/two-clouds/level.yaml');
    const { stdout } = await run('validate', CONFIG, level2);
    const [, requests] = /needs about ([\d,]+) requests at a rate of 1 %/.exec(stdout)!;
    expect(text).toContain(`about ${requests} requests if 1 % of them fail`);
  });
});
