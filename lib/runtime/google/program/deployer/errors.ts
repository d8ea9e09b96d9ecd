/** Whose fault a failure is. */
import type { Operation } from '../vertex';
import { inWords } from '../turn';

/** A failure that another try would not mend, through no fault of the candidate. */
export class DeploymentFailure extends Error {
  public override readonly name: string = 'DeploymentFailure';
}

/** A failure of the candidate itself: it is not deployed again unless a person asks for it. */
export class CandidateFailure extends Error {
  public override readonly name: string = 'CandidateFailure';
}

/** Another execution has the lease: this one has been taken for dead, and stops. */
export class LeaseLost extends Error {
  public override readonly name: string = 'LeaseLost';
}

/** How a step ended. */
export interface Outcome {
  readonly done: boolean;
  /** In words. */
  readonly reason: string;
  /** Whether the candidate is to blame, and not a service, a limit or a missing right. */
  readonly candidateFailed: boolean;
}

export const DONE: Outcome = { done: true, reason: 'done', candidateFailed: false };

/** How a step ended in which something was thrown. A refused request is no fault of the model: the policy says what is asked for. */
export function outcomeOf(error: unknown): Outcome {
  return { done: false, reason: inWords(error), candidateFailed: error instanceof CandidateFailure };
}

/** What Vertex AI says of containers that do not come up; the code beside it is INTERNAL or FAILED_PRECONDITION, as it happens. */
const NEVER_HEALTHY = /model server|health check|container|crash|out of memory|oom/i;

/** Messages of limits and of missing rights, whatever their code. */
const NOBODYS_FAULT = /quota|stockout|capacity|resources? (pool )?exhausted|insufficient|permission|not authorized/i;

/** Codes of google.rpc that speak of the model: INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE, UNIMPLEMENTED. */
const CODES_OF_THE_MODEL = [3, 9, 11, 12];

/** Throws what an operation failed with. */
export function demandSuccess({ error }: Operation): void {
  if (!error) return;
  const { code = 2, message = 'no reason given' } = error;
  const blamed = !NOBODYS_FAULT.test(message) && (NEVER_HEALTHY.test(message) || CODES_OF_THE_MODEL.includes(code));
  throw blamed ? new CandidateFailure(message) : new DeploymentFailure(`${message} (code ${code})`);
}
