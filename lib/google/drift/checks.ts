import type { Construct } from 'constructs';
import { holdsToken } from '../../config/tokens';
import type { ServingMode } from '../../config/serving';
import { ConstructError } from '../errors';

/** Props of a monitor that are no part of the config. */
export interface CheckedProps {
  readonly monitorName?: string;
  readonly endpoint?: { readonly mode?: ServingMode; readonly logTable?: string };
  readonly logTable?: string;
  readonly registry?: unknown;
  readonly retraining?: unknown;
}

/** As of endpoints: names of accounts, workflow and tables are made of it. */
const NAME = /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

const TABLE = /^[^.\s]+\.[^.\s]+\.[^.\s]+$/;

/** What the config's rules do not see: all of it in one error. */
export function checkProps(scope: Construct, props: CheckedProps): void {
  const problems = [...nameProblems(props), ...(props.endpoint ? ownEndpoint(props) : foreignEndpoint(props))];
  if (problems.length > 0) throw new ConstructError(scope, problems.join('\n'));
}

function nameProblems({ monitorName, endpoint }: CheckedProps): string[] {
  if (monitorName === undefined) return endpoint ? [] : ['monitorName: missing; without endpoint it has no other name'];
  if (!holdsToken(monitorName) && NAME.test(monitorName)) return [];
  const got = holdsToken(monitorName) ? 'a value that only Terraform knows' : JSON.stringify(monitorName);
  return [
    `monitorName: got ${got}, allowed: 1 to 40 lower-case letters, digits and hyphens, starting with a letter and not ending in a hyphen`,
  ];
}

function ownEndpoint({ endpoint, logTable }: CheckedProps): string[] {
  if (logTable !== undefined) {
    return ['logTable: got one, but endpoint knows its own; leave out logTable, or endpoint'];
  }
  if (endpoint?.mode === 'batch') {
    return ['endpoint: predicts in batches, which are logged nowhere; leave the monitor out, or set mode: realtime'];
  }
  if (endpoint?.logTable !== undefined) return [];
  return ['endpoint: logs no requests, so there is nothing to watch; set dataCapture: true on it'];
}

function foreignEndpoint({ logTable, registry, retraining }: CheckedProps): string[] {
  const form = 'project.dataset.table, into which Vertex AI logs requests';
  return [
    ...(logTable === undefined ? [`logTable: missing; pass endpoint, or name the table ${form}`] : []),
    ...(logTable !== undefined && !holdsToken(logTable) && !TABLE.test(logTable)
      ? [`logTable: got ${JSON.stringify(logTable)}, allowed: ${form}`]
      : []),
    ...(retraining !== undefined && registry === undefined
      ? ['registry: missing; retraining looks at what its pipeline registered last']
      : []),
  ];
}
