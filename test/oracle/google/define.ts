/**
 * Defines the pipeline of configs as the construct does, and prints the specifications by name:
 *   node define.mjs '{"name": {"config": {…}, "resources": {…}}}'
 */
import { resolveConfig } from '../../../lib/config/resolve';
import { googleChoices } from '../../../lib/google/training/choices';
import { trainingDefinition } from '../../../lib/google/training/definition';
import type { StepResources } from '../../../lib/google/training/resources';
import { plan } from '../../../lib/plan/plan';

interface Variant {
  readonly config: unknown;
  readonly resources: Omit<
    StepResources,
    'data' | 'trainingMachine' | 'processingMachine' | 'trainingImage' | 'servingImage'
  >;
}

function define({ config, resources }: Variant): object {
  const { training, google } = plan(resolveConfig(config, { cloud: 'google' }));
  const scope = undefined as never; // only errors name it
  return trainingDefinition(training!, { ...resources, ...googleChoices(scope, training!, google!) });
}

const variants: Record<string, Variant> = JSON.parse(process.argv[2]);
const definitions = Object.entries(variants).map(([name, variant]) => [name, define(variant)]);
console.log(JSON.stringify(Object.fromEntries(definitions)));
