import type { IConstruct } from 'constructs';
import type { ResolvedAws, ResolvedServing } from '../../config/schema';
import type { FrameworkConfig } from '../../config/training';
import { frameworkImage, ownImage } from '../framework-images';
import type { ContainerImage } from '../framework-images';
import { hasGpu, instanceTypeOf } from '../instance-types';

/** What the neutral section becomes on AWS. */
export interface ServingChoices {
  /** Absent in serverless mode. */
  readonly instanceType?: string;
  /** Image for models that are given by their artifact. */
  readonly image?: ContainerImage;
  /** Where answers of asynchronous requests or batches go; by default to the artifact bucket. */
  readonly output?: string;
  /** What is predicted in batches. */
  readonly input?: string;
}

/** Exact values under `aws` go before the neutral ones. */
export function servingChoices(
  scope: IConstruct,
  serving: ResolvedServing,
  aws: ResolvedAws,
  framework: FrameworkConfig | undefined,
): ServingChoices {
  const { mode, batch, asynchronous, compute } = serving;
  const instanceType = mode === 'serverless' ? undefined : (aws.servingInstanceType ?? instanceTypeOf(compute));
  const image = servingImage(scope, serving, aws, framework, instanceType);
  const locations = {
    batch: { input: aws.batchInput ?? batch?.input, output: aws.batchOutput ?? batch?.output },
    asynchronous: { output: aws.asynchronousOutput ?? asynchronous?.output },
  };
  return {
    ...(instanceType && { instanceType }),
    ...(image && { image }),
    ...(mode === 'batch' || mode === 'asynchronous' ? locations[mode] : {}),
  };
}

function servingImage(
  scope: IConstruct,
  { image }: ResolvedServing,
  aws: ResolvedAws,
  framework: FrameworkConfig | undefined,
  instanceType: string | undefined,
): ContainerImage | undefined {
  const own = aws.servingImage ?? image;
  if (own !== undefined) return ownImage(scope, own);
  if (!framework) return undefined;
  const { name, version } = framework;
  const gpu = instanceType !== undefined && hasGpu(instanceType);
  return frameworkImage(scope, { name, version: aws.frameworkVersion ?? version, purpose: 'inference', gpu });
}
