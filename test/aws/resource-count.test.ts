import { App, Stack } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { MlopsPipeline } from '../../lib/aws/mlops-pipeline';
import type { MlopsConfig } from '../../lib/config/mlops';
import { fullConfig } from './configs';
import type { CloudFormationTemplate } from './judges';
import { synthesize } from './judges';

/** Level 2 with everything that there is. */
const config = (name: string): MlopsConfig => fullConfig({ name });

function stackOf(count: number): CloudFormationTemplate {
  const stack = new Stack(new App(), 'Stack');
  for (let index = 1; index <= count; index++) {
    new MlopsPipeline(stack, `Pipeline${index}`, { config: config(`model-${String(index).padStart(2, '0')}`) });
  }
  return synthesize(stack.node.root as App).Stack!;
}

const size = ({ Resources: resources = {} }: CloudFormationTemplate) => Object.keys(resources).length;

// A stack holds 500 resources, and a template a megabyte: who adds a resource to each pipeline pays for it many times.
describe('resources of level 2', () => {
  const [one, two] = [size(stackOf(1)), size(stackOf(2))];

  test('are at most 70', () => expect(one).toBeLessThanOrEqual(70));

  test('are at most 40 for each further pipeline of the stack, which shares deployer and analyzer', () => {
    expect(two - one).toBeLessThanOrEqual(40);
  });

  test('leave room for 12 pipelines in one stack', { timeout: 60_000 }, () => {
    const template = stackOf(12);
    expect(size(template)).toBeLessThanOrEqual(500);
    expect(Buffer.byteLength(JSON.stringify(template))).toBeLessThanOrEqual(1_000_000);
  });
});
