import { ConfigError, describe } from '../../lib/config/problems';
import { resolveConfig } from '../../lib/config/resolve';
import type { ResolveOptions } from '../../lib/config/resolve';
import type { RawConfig } from './arbitraries';

/** A valid config with every section, at level 2. */
export function fullConfig(): RawConfig {
  return {
    name: 'flights',
    level: 2,
    data: {
      training: 's3://acme/train/',
      split: { by: 'time', column: 'date' },
      features: [
        { name: 'distance', type: 'numeric' },
        { name: 'origin', type: 'categorical' },
      ],
      label: { name: 'delayed', type: 'categorical' },
      prediction: { name: 'score', type: 'numeric' },
      id: 'flight_id',
    },
    training: {
      framework: { name: 'xgboost', version: '1.7' },
      source: './training',
      preprocess: 'preprocess.py',
      entryPoint: 'train.py',
      evaluation: { entryPoint: 'evaluate.py', metric: 'auc', threshold: 0.8 },
      hyperparameters: { max_depth: 6 },
      schedule: { cron: '0 3 * * *' },
    },
    serving: {
      mode: 'realtime',
      entryPoint: 'inference.py',
      minInstances: 2,
      maxInstances: 4,
      rollout: { strategy: 'canary' },
    },
    monitoring: {
      features: { origin: { threshold: 0.2 } },
      quality: {
        metric: 'auc',
        minimum: 0.75,
        groundTruth: { location: 's3://acme/truth/', idColumn: 'flight_id', labelColumn: 'delayed' },
      },
      notify: ['ml@example.com'],
    },
    retraining: { cooldownHours: 24 },
    featureStore: {
      groups: [
        { name: 'flights', recordIdentifier: 'id', eventTime: 'at', features: [{ name: 'distance', type: 'float' }] },
      ],
    },
    capabilities: {},
    aws: { servingInstanceType: 'ml.m5.large' },
    google: { project: 'acme-ml', region: 'europe-west4', frameworkVersion: '2.1' },
  };
}

/** A full config with some fields set, by path (`serving.rollout.percent`, `data.features.0.type`); `undefined` removes. */
export function withFields(fields: Record<string, unknown>, config: RawConfig = fullConfig()): RawConfig {
  for (const [path, value] of Object.entries(fields)) {
    const keys = path.split('.');
    const parent = keys.slice(0, -1).reduce<any>((node, key) => (node[key] ??= {}), config);
    if (value === undefined) delete parent[keys.at(-1)!];
    else parent[keys.at(-1)!] = value;
  }
  return config;
}

/** Every problem as a line; none when the config is valid. */
export function problemLines(input: unknown, options?: ResolveOptions): string[] {
  try {
    resolveConfig(input, options);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(describe);
    throw error;
  }
}
