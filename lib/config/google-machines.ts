import facts from './facts/google-machine-types.json';
import type { ComputeSize } from './training';

/** Machine types for the neutral sizes: 2, 4 and 16 virtual CPUs, and one GPU. Training knows no `n2-standard-2`. */
const TYPES: Readonly<Record<ComputeSize, string>> = {
  small: 'n2-highmem-2',
  medium: 'n2-standard-4',
  large: 'n2-standard-16',
  gpu: 'g2-standard-4',
};

/** Sizes of each series that training takes, for example `n2-standard`: 4, 8, … */
const TRAINING: Readonly<Record<string, readonly string[]>> = facts.training;

/** Machines that are TPUs, or that TPUs are attached to: none of the images is for them. */
const TPU = /^(cloud-tpu|ct\d|tpu\d)/;

/** GPUs that a machine type has. */
export interface GoogleAccelerator {
  /** As the API names it, for example `NVIDIA_L4`. */
  readonly type: string;
  readonly count: number;
}

/** The machine type for a size. */
export function googleMachineType(size: ComputeSize): string {
  return TYPES[size];
}

/** The GPUs that a machine type has built in; the API wants to be told. */
export function googleAccelerator(machineType: string): GoogleAccelerator | undefined {
  const known: Readonly<Record<string, GoogleAccelerator>> = facts.accelerators;
  return known[machineType];
}

/** What is wrong with a machine type for training, if anything. Series that are not known yet are the service's to judge. */
export function googleTrainingMachineProblem(machineType: string): string | undefined {
  if (TPU.test(machineType)) return 'TPUs are not supported; choose a machine with CPUs or GPUs, such as g2-standard-4';
  const [, series, size] = /^(.+)-([^-]+)$/.exec(machineType) ?? [];
  const sizes = TRAINING[series];
  if (sizes === undefined || sizes.includes(size)) return undefined;
  return `training on Google Cloud has no such size; allowed: ${sizes.map((known) => `${series}-${known}`).join(', ')}`;
}

/** Machines that share a processor with others. */
const SHARED = /^(e2-(micro|small|medium)|f1-micro|g1-small)$/;

/** What is wrong with a machine type for an endpoint, if anything. */
export function googleServingMachineProblem(machineType: string): string | undefined {
  if (TPU.test(machineType)) return 'TPUs are not supported; choose a machine with CPUs or GPUs, such as g2-standard-4';
  if (SHARED.test(machineType)) return 'models need processors of their own; choose another, such as e2-standard-2';
  return undefined;
}
