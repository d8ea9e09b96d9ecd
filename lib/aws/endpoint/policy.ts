import type { ResolvedAws, ResolvedServing } from '../../config/schema';
import type { AwsPolicy, AwsServing } from '../../runtime/contract';
import { takesVolumeKey } from '../instance-types';
import { containerEnvironment, CONTENT_TYPES } from '../serving-container';
import type { ServingChoices } from './choices';

/** Everything that the policy needs and is not in the config: what exists in this account. */
export interface PolicyResources {
  readonly roleArn: string;
  readonly encryptionKeyArn: string;
  readonly vpc?: AwsServing['vpc'];
  readonly requestFormat: keyof typeof CONTENT_TYPES;
  /** Folder of captured data, as an S3 URI without a slash at its end. */
  readonly captureLocation?: string;
  readonly capturePercent: number;
  /** Where answers go, as an S3 URI. */
  readonly output?: string;
}

/** What a model is served with. */
export function awsServing(
  serving: ResolvedServing,
  aws: ResolvedAws,
  choices: ServingChoices,
  resources: PolicyResources,
): AwsServing {
  const { instanceType, image, input } = choices;
  const { roleArn, encryptionKeyArn, vpc, output, captureLocation, capturePercent } = resources;
  const contentType = CONTENT_TYPES[resources.requestFormat];
  return {
    instanceType,
    serverless: serving.mode === 'serverless' ? serving.serverless : undefined,
    asynchronous: serving.mode === 'asynchronous' ? { output: output! } : undefined,
    batch: serving.mode === 'batch' ? { input: input!, output: output!, contentType } : undefined,
    image: image?.uri,
    environment: containerEnvironment(serving),
    roleArn,
    encryptionKeyArn,
    encryptVolume: instanceType !== undefined && takesVolumeKey(instanceType),
    vpc,
    networkIsolation: aws.networkIsolation,
    capture:
      captureLocation === undefined ? undefined : { location: captureLocation, percent: capturePercent, contentType },
  };
}

/** What is asked of the deployer, but for the tags, which are known last. */
export function awsPolicy(
  serving: ResolvedServing,
  policy: Pick<AwsPolicy, 'serving' | 'automatic' | 'requireBaseline' | 'abTest' | 'modelPackageGroup' | 'topicArn'>,
): Omit<AwsPolicy, 'tags'> {
  const { mode, scaling, minInstances, maxInstances, rollout, alarms } = serving;
  const onInstances = mode === 'realtime' || mode === 'asynchronous';
  return {
    format: 1,
    mode,
    scaling: onInstances
      ? { minInstances, maxInstances, invocationsPerInstance: scaling.invocationsPerInstance }
      : undefined,
    rollout,
    alarms,
    ...policy,
  };
}
