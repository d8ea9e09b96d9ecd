import { DRIFT_ROUTINES } from '../../runtime/google-drift-contract';
import type { GoogleResource } from '../l1/google-resource';
import type { MlopsDataset } from '../mlops-dataset';

/** The functions with which the monitor's SQL counts and judges, as routines; the monitors of a dataset share them. */
export function driftRoutines(dataset: MlopsDataset): GoogleResource[] {
  return Object.entries(DRIFT_ROUTINES).map(([routineId, of]) => dataset.addRoutine({ routineId, ...of }));
}
