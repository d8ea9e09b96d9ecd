/** What CloudFormation, which waits for the custom resource, can be told already. */
import { settled } from '../../../deployer/decide-requests';
import type { DeploymentPolicy } from '../../../deployer/policy';
import { worstCaseMinutes } from '../../../deployer/policy';
import type { DeploymentRecord, InFlight } from '../../../deployer/record';
import { after } from '../../../deployer/world';
import type { AnswerOutcome, DeployerInput } from '../../contract';

/** What moving the traffic of a test, and the way back to its champion, takes at the most, in minutes. */
const END_OF_TEST_MINUTES = 35;

/** What came of the request; or that it goes on, when it will not end before CloudFormation has to have an answer. */
export function answerTo(
  record: DeploymentRecord,
  { answer, request }: DeployerInput,
  time: string,
): AnswerOutcome | undefined {
  if (!answer?.responseUrl || !request) return undefined;
  const known = record.settled.find(({ id }) => id === request.id);
  if (known) return { success: known.done, reason: known.outcome };
  if (request.kind !== 'policy') {
    if (time < answer.deadline) return undefined;
    return { success: false, reason: 'a rollout on the endpoint has not come to rest; delete the stack again later' };
  }
  if (after(time, minutesLeft(record, request.id, request.policy)) < answer.deadline) return undefined;
  return { success: true, reason: 'accepted: the rollout goes on, and a failure is told to the topic' };
}

/** Minutes until a policy serves, at the most that is usual: what is in flight first, then the end of a test, then its own. */
function minutesLeft({ inFlight, test }: DeploymentRecord, request: string, policy: DeploymentPolicy): number {
  const own = worstCaseMinutes(policy);
  if (inFlight?.request === request) return own;
  return (inFlight ? minutesOf(inFlight) : 0) + (test ? END_OF_TEST_MINUTES : 0) + own;
}

function minutesOf({ kind, policy }: InFlight): number {
  return kind === 'update' ? worstCaseMinutes(policy) : 0;
}

/** The record without a request to delete that CloudFormation has been told to have failed: it would come as a surprise later. */
export function withdrawn(
  record: DeploymentRecord,
  { request }: DeployerInput,
  answer: AnswerOutcome,
  time: string,
): DeploymentRecord {
  if (request?.kind !== 'delete' || answer.success || record.inFlight?.request === request.id) return record;
  return settled(record, request.id, time, { done: false, outcome: answer.reason });
}
