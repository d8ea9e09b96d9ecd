import { App, Stack } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { MlopsPipeline } from '../../lib/aws/mlops-pipeline';
import type { MlopsConfig } from '../../lib/config/mlops';
import { fullConfig } from './configs';
import type { CloudFormationTemplate } from './judges';
import { synthesize } from './judges';

/** Level 2 with everything that this version builds. */
const config = (name: string): MlopsConfig =>
  fullConfig({ name, capabilities: { driftMonitoring: false, retraining: false } });

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

  test('are at most 60', () => expect(one).toBeLessThanOrEqual(60));

  test('are at most 35 for each further pipeline of the stack, which shares nothing but the deployer', () => {
    expect(two - one).toBeLessThanOrEqual(35);
  });

  test('leave room for 13 pipelines in one stack', { timeout: 60_000 }, () => {
    const template = stackOf(13);
    expect(size(template)).toBeLessThanOrEqual(500);
    expect(Buffer.byteLength(JSON.stringify(template))).toBeLessThanOrEqual(1_000_000);
  });
});
