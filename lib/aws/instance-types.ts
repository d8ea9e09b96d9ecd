import type { ComputeSize } from '../config/training';

/** Instance types for the neutral sizes: 2, 4 and 16 virtual CPUs, and one GPU. */
const TYPES: Record<ComputeSize, string> = {
  small: 'ml.m5.large',
  medium: 'ml.m5.xlarge',
  large: 'ml.m5.4xlarge',
  gpu: 'ml.g5.xlarge',
};

/** Families with a GPU whose images are the GPU ones. */
const GPU_FAMILY = /^ml\.(p\d|g\d)/;

/** Families with local disks, which refuse a key for their volume: the disk encrypts itself. */
const LOCAL_DISK_FAMILY =
  /^ml\.(g[4-9][a-z]*|gr\d[a-z]*|p3dn|p[4-9][a-z0-9-]*|trn\d[a-z]*|inf2|[a-z]+\d+[a-z]*d[a-z]*)\./;

/** The instance type for a size. */
export function instanceTypeOf(size: ComputeSize): string {
  return TYPES[size];
}

/** Whether an instance type has a GPU. */
export function hasGpu(instanceType: string): boolean {
  return GPU_FAMILY.test(instanceType);
}

/**
 * Whether jobs on an instance type take a KMS key for their volume. Nitro instances with local storage refuse it.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html
 */
export function takesVolumeKey(instanceType: string): boolean {
  return !LOCAL_DISK_FAMILY.test(instanceType);
}
