import { googleAccelerator, googleMachineType } from '../config/google-machines';
import type { GoogleAccelerator } from '../config/google-machines';
import type { ComputeSize } from '../config/training';

/** A machine that a job or an endpoint runs on. */
export interface Machine {
  /** Machine type, for example `n2-standard-4`. */
  readonly type: string;
  /** The GPUs that the machine type has. */
  readonly accelerator?: GoogleAccelerator;
}

/** The machine for a size, unless an exact type is given. */
export function machineOf(size: ComputeSize, exact?: string): Machine {
  const type = exact ?? googleMachineType(size);
  const accelerator = googleAccelerator(type);
  return { type, ...(accelerator && { accelerator }) };
}
