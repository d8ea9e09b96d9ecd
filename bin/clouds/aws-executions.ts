/** Executions of state machines. */
import { AwsError } from './aws-problems';
import type { AwsCalls, Execution } from './aws-sdk';

/** Starts an execution that is named by what it is for: asking twice starts one. Answers with its ARN. */
export async function startOnce(calls: AwsCalls, stateMachine: string, id: string, input: object): Promise<string> {
  try {
    return await calls.start(stateMachine, id, JSON.stringify(input));
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'ExecutionAlreadyExists')) throw error;
    return `${stateMachine.replace(':stateMachine:', ':execution:')}:${id}`;
  }
}

/** Whether an execution has not ended yet. */
export const runs = ({ status }: Execution) => status === 'RUNNING' || status === 'PENDING_REDRIVE';

/** How an execution ended, in words. */
export function endText({ status, error, cause }: Execution): string {
  const why = [error, cause].filter((text) => text !== undefined && text !== '').join(': ');
  return `ended as ${status}${why && ` (${why.replace(/\s+/g, ' ').slice(0, 500)})`}`;
}
