import type { IConstruct } from 'constructs';
import { endedGoogleImage } from '../../config/google-images';
import type { ResolvedGoogle } from '../../config/schema';
import type { TrainingPlan } from '../../plan/training-plan';
import { frameworkImage } from '../framework-images';
import { machineOf } from '../machine-types';
import type { Machine } from '../machine-types';
import type { DataLocations } from './resources';

/** What the neutral plan becomes on Google Cloud. */
export interface GoogleChoices {
  readonly data: DataLocations;
  readonly trainingMachine: Machine;
  readonly processingMachine: Machine;
  readonly trainingImage: string;
  readonly servingImage: string;
  /** What to know of the images, as sentences. */
  readonly notes: readonly string[];
}

/** Exact values under `google` go before the neutral ones. */
export function googleChoices(scope: IConstruct, plan: TrainingPlan, google: ResolvedGoogle): GoogleChoices {
  const trainingMachine = machineOf(plan.compute, google.trainingMachineType);
  const servingMachine = machineOf(plan.inference.compute, google.servingMachineType);
  const notes: string[] = [];
  const published = (purpose: 'training' | 'prediction', { accelerator }: Machine) => {
    const { name, version } = plan.framework!; // validation: a framework or an image
    const image = { name, version: google.frameworkVersion ?? version, purpose, gpu: accelerator !== undefined };
    const note = endedGoogleImage(image);
    if (note !== undefined) notes.push(note);
    return frameworkImage(scope, google.region, image);
  };
  return {
    notes,
    data: {
      training: google.trainingData ?? plan.data.training!,
      validation: google.validationData ?? plan.data.validation,
      test: google.testData ?? plan.data.test,
    },
    trainingMachine,
    processingMachine: machineOf(plan.compute),
    trainingImage: google.trainingImage ?? plan.image ?? published('training', trainingMachine),
    servingImage: google.servingImage ?? plan.inference.image ?? plan.image ?? published('prediction', servingMachine),
  };
}
