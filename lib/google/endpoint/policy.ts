import type { IConstruct } from 'constructs';
import type { ResolvedGoogle, ResolvedServing } from '../../config/schema';
import type { DataFormat } from '../../config/data';
import type { FrameworkConfig } from '../../config/training';
import { requestFormat } from '../../plan/training-plan';
import type { GooglePolicy, GoogleServing } from '../../runtime/google-contract';
import { frameworkImage } from '../framework-images';
import { machineOf } from '../machine-types';

/** What the neutral section leaves open. */
export interface ServingResources {
  /** Framework whose image serves models that are given by their artifact. */
  readonly framework?: FrameworkConfig;
  readonly dataFormat: DataFormat;
  /** Account of the models' containers. */
  readonly serviceAccount: string;
  /** `gs://` folder of predictions that go nowhere else. */
  readonly output: string;
}

/** What models are served with. Exact values under `google` go before the neutral ones. */
export function googleServing(
  scope: IConstruct,
  serving: ResolvedServing,
  google: ResolvedGoogle,
  resources: ServingResources,
): GoogleServing {
  const { type: machineType, accelerator } = machineOf(serving.compute, google.servingMachineType);
  const { framework } = resources;
  const published = () =>
    framework &&
    frameworkImage(scope, google.region, {
      name: framework.name,
      version: google.frameworkVersion ?? framework.version,
      purpose: 'prediction',
      gpu: accelerator !== undefined,
    });
  const image = google.servingImage ?? serving.image ?? published();
  return {
    machineType,
    ...(accelerator && { accelerator }),
    serviceAccount: resources.serviceAccount,
    ...(image !== undefined && { image }),
    environment: { ...serving.environment },
    ...(serving.batch && { batch: batchOf(serving.batch, google, resources) }),
  };
}

type Batch = NonNullable<GoogleServing['batch']>;

function batchOf(
  batch: NonNullable<ResolvedServing['batch']>,
  google: ResolvedGoogle,
  { output, dataFormat }: ServingResources,
): Batch {
  return {
    input: google.batchInput ?? batch.input,
    output: google.batchOutput ?? batch.output ?? output,
    format: requestFormat(dataFormat) === 'csv' ? 'csv' : 'jsonl',
  };
}

/** What is asked of the deployer. */
export function googlePolicy(
  serving: ResolvedServing,
  policy: Omit<GooglePolicy, 'format' | 'mode' | 'scaling' | 'rollout' | 'alarms' | 'tags'>,
): GooglePolicy {
  const { mode, scaling, minInstances, maxInstances, rollout, alarms } = serving;
  const { invocationsPerInstance } = scaling;
  return {
    format: 1,
    mode,
    ...(mode === 'realtime' && { scaling: { minInstances, maxInstances, invocationsPerInstance } }),
    rollout,
    alarms,
    tags: {},
    ...policy,
  };
}
