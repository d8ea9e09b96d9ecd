/** Workflows and their executions. */
import { InputError } from '../command';
import type { Execution, GoogleCalls, GooglePlace } from './google-calls';

/**
 * The settings of a program, which stand in the environment of its workflow; nothing where there is no such workflow.
 *
 * @throws InputError when the workflow is of another kind
 */
export async function settingsIn<T extends object>(
  calls: GoogleCalls,
  { project }: GooglePlace,
  workflow: string,
): Promise<T | undefined> {
  const text = await calls.settings(workflow);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as T);
  } catch {
    throw new InputError([
      `workflow ${workflow} in project ${project} is not one of cdk-mlops: its environment has no SETTINGS that are JSON; choose another name for it`,
    ]);
  }
}

/**
 * As {@link settingsIn}, where the workflow must be.
 *
 * @param what what has the workflow, for people: `endpoint m`
 * @throws InputError when there is none, or it is of another kind
 */
export async function settingsOf<T extends object>(
  calls: GoogleCalls,
  place: GooglePlace,
  workflow: string,
  what: string,
): Promise<T> {
  const found = await settingsIn<T>(calls, place, workflow);
  if (found) return found;
  throw new InputError([
    `${what} does not stand in project ${place.project}, region ${place.region}: there is no workflow ${workflow}; apply its stack first, or name another place with --project or --region`,
  ]);
}

/** Whether an execution has not ended yet. */
export const runs = ({ state }: Execution) => state === 'ACTIVE' || state === 'QUEUED';

/** How an execution ended, in words. */
export function endText({ state, error }: Execution): string {
  const why = error?.payload === undefined ? '' : reasonIn(error.payload).replace(/\s+/g, ' ').slice(0, 500);
  return `ended as ${state}${why && ` (${why})`}`;
}

/** The payload is what was raised, as JSON: a sentence of a program, or an error of Workflows with a message. */
function reasonIn(payload: string): string {
  try {
    const raised = JSON.parse(payload) as string | { readonly message?: string } | null;
    return typeof raised === 'string' ? raised : (raised?.message ?? payload);
  } catch {
    return payload;
  }
}
