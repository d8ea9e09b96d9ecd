import type { GoogleSettings } from '../../google-contract';
import type { Requesting } from './protocol';
import { ifAny } from './turn';
import { query, urlOf } from './urls';

/** States of an execution that is over. In others it is at work, or may be: without its key nobody can tell. */
const OVER = ['SUCCEEDED', 'FAILED', 'CANCELLED'];

/** Whether an execution, `projects/…/executions/…`, is at work. One that is not known any more is not. */
export function* isActive(settings: GoogleSettings, execution: string): Requesting<boolean> {
  const url = `${urlOf(settings, 'executions')}/v1/${execution}${query({ fields: 'state' })}`;
  const found = yield* ifAny<{ state?: string }>({ method: 'GET', url });
  return found !== undefined && !OVER.includes(found.state ?? '');
}
