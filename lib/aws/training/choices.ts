import type { IConstruct } from 'constructs';
import type { ResolvedAws } from '../../config/schema';
import type { TrainingPlan } from '../../plan/training-plan';
import { frameworkImage, ownImage } from '../framework-images';
import type { ContainerImage, ImagePurpose } from '../framework-images';
import { hasGpu, instanceTypeOf } from '../instance-types';
import type { DataLocations } from './resources';

/** What the neutral plan becomes on AWS. */
export interface AwsChoices {
  readonly data: DataLocations;
  readonly trainingInstanceType: string;
  readonly processingInstanceType: string;
  readonly servingInstanceType: string;
  readonly trainingImage: ContainerImage;
  readonly servingImage: ContainerImage;
}

/** Exact values under `aws` go before the neutral ones. */
export function awsChoices(scope: IConstruct, plan: TrainingPlan, aws: ResolvedAws): AwsChoices {
  const trainingInstanceType = aws.trainingInstanceType ?? instanceTypeOf(plan.compute);
  const servingInstanceType = aws.servingInstanceType ?? instanceTypeOf(plan.inference.compute);
  return {
    data: {
      training: aws.trainingData ?? plan.data.training!,
      validation: aws.validationData ?? plan.data.validation,
      test: aws.testData ?? plan.data.test,
    },
    trainingInstanceType,
    processingInstanceType: aws.processingInstanceType ?? instanceTypeOf(plan.compute),
    servingInstanceType,
    trainingImage: chooseImage(scope, aws.trainingImage ?? plan.image, () =>
      publishedImage(scope, plan, aws, 'training', trainingInstanceType),
    ),
    servingImage: chooseImage(scope, aws.servingImage ?? plan.inference.image ?? plan.image, () =>
      publishedImage(scope, plan, aws, 'inference', servingInstanceType),
    ),
  };
}

function chooseImage(scope: IConstruct, own: string | undefined, published: () => ContainerImage): ContainerImage {
  return own === undefined ? published() : ownImage(scope, own);
}

function publishedImage(
  scope: IConstruct,
  plan: TrainingPlan,
  aws: ResolvedAws,
  purpose: ImagePurpose,
  instanceType: string,
): ContainerImage {
  const { name, version } = plan.framework!; // validation: a framework or an image
  return frameworkImage(scope, { name, version: aws.frameworkVersion ?? version, purpose, gpu: hasGpu(instanceType) });
}
