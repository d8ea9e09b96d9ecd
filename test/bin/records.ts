import type { Champion, DeploymentRecord, Deployment, InFlight, RunningTest } from '../../lib/deployer/record';
import { emptyRecord } from '../../lib/deployer/record';
import type { MonitorSettings } from '../../lib/runtime/drift-contract';
import { NO_TOTALS } from '../../lib/statistics';

export const GROUP = 'arn:aws:sagemaker:eu-west-1:123456789012:model-package/m';

export const model = (number: number) => ({ version: `${GROUP}/${number}`, number });

export function deployment(id: string, number: number): Deployment {
  const variants = [{ slot: 'a' as const, model: model(number), modelName: `m-${id}` }];
  return { id, configName: `m-${id}`, variants, serving: '{}', createdAt: '2026-11-20T10:00:00.000Z' };
}

export function champion(number: number): Champion {
  return { ...deployment(`d${number}`, number), slot: 'a', servingSince: `2026-11-${10 + number}T10:00:00.000Z` };
}

/** The record of an endpoint that serves version 7 and has served version 6. */
export function record(changes: Partial<DeploymentRecord> = {}): DeploymentRecord {
  const policy = { format: 1, modelPackageGroup: 'm' } as unknown as DeploymentRecord['policy'];
  return { ...emptyRecord('m'), revision: 9, policy, champion: champion(7), previous: [champion(6)], ...changes };
}

export function inFlight(changes: Partial<InFlight> = {}): InFlight {
  return {
    kind: 'update',
    purpose: 'deploy',
    why: 'version 8 was approved',
    startedAt: '2026-11-25T10:00:00.000Z',
    deadline: '2026-11-25T11:00:00.000Z',
    policy: record().policy!,
    deployment: deployment('d8', 8),
    ...changes,
  };
}

export function runningTest(changes: Partial<RunningTest> = {}): RunningTest {
  const variant = (slot: 'a' | 'b', number: number) => ({ slot, model: model(number), modelName: `m-${number}` });
  return {
    deployment: deployment('t8', 8),
    champion: variant('a', 7),
    challenger: variant('b', 8),
    rules: { trafficPercent: 20, durationHours: 24, goal: 'notWorse', margin: 0.5 },
    slowMs: 500,
    anchor: {},
    startedAt: '2026-11-25T10:00:00.000Z',
    totals: {
      ...NO_TOTALS,
      champion: { requests: 80000, errors: 800, slow: 0 },
      challenger: { requests: 20000, errors: 190, slow: 3 },
    },
    standing: 'Undecided so far:\n errors not shown to stay within 1.5 times.',
    ...changes,
  };
}

/** The settings of a monitor of an endpoint's traffic, whose drift may start a training. */
export function monitorSettings(name: string, changes: Partial<MonitorSettings> = {}): MonitorSettings {
  return {
    name,
    rules: 's3://assets/rules.json',
    output: `s3://artifacts/drift/${name}`,
    captured: {
      location: 's3://artifacts/capture',
      mode: 'realtime',
      deployer: { endpoint: name, table: 'Records' },
    },
    encryptionKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/1',
    retraining: { pipelineName: name, modelPackageGroup: name, trainingData: 's3://acme-ml/train/' },
    ...changes,
  };
}
