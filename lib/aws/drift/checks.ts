import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ServingMode } from '../../config/serving';
import { ConstructError } from '../errors';
import { checkNetwork } from '../network';
import type { NetworkProps } from '../network';

/** Props of a monitor that are no part of the config. */
export interface CheckedProps extends NetworkProps {
  readonly monitorName?: string;
  readonly endpoint?: { readonly _captured?: unknown };
  readonly captureLocation?: string;
  readonly captureMode?: ServingMode;
  readonly baselineProfile?: unknown;
  readonly registry?: unknown;
  readonly retraining?: unknown;
  readonly topic?: unknown;
  readonly notify?: string[];
}

/** It is part of S3 keys, metrics and events. */
const NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/;

/** What the config's rules do not see: all of it in one error. */
export function checkProps(scope: Construct, props: CheckedProps): void {
  const problems = [...nameProblems(props), ...(props.endpoint ? ownEndpoint(props) : foreignEndpoint(props))];
  if (props.topic && props.notify?.length) {
    problems.push('notify: got addresses and a topic; subscribe them to the topic, or leave topic out');
  }
  if (problems.length > 0) throw new ConstructError(scope, problems.join('\n'));
  checkNetwork(scope, props);
}

function nameProblems({ monitorName, endpoint }: CheckedProps): string[] {
  if (monitorName === undefined) return endpoint ? [] : ['monitorName: missing; without endpoint it has no other name'];
  if (Token.isUnresolved(monitorName) || NAME.test(monitorName)) return [];
  const allowed = '1 to 63 letters, digits and hyphens, with a letter or digit at both ends';
  return [`monitorName: got ${JSON.stringify(monitorName)}, allowed: ${allowed}`];
}

function ownEndpoint({ endpoint, captureLocation, captureMode }: CheckedProps): string[] {
  if (captureLocation !== undefined || captureMode !== undefined) {
    const given = captureLocation === undefined ? 'captureMode' : 'captureLocation';
    return [`${given}: got one, but endpoint knows its own; leave out ${given}, or endpoint`];
  }
  if (endpoint?._captured) return [];
  return ['endpoint: captures no data, so there is nothing to watch; set dataCapture: true on it'];
}

/** Of an endpoint that another deploys, nobody knows which version serves. */
function foreignEndpoint({
  captureLocation,
  captureMode,
  baselineProfile,
  registry,
  retraining,
}: CheckedProps): string[] {
  return [
    ...(captureLocation === undefined ? ['captureLocation: missing; pass endpoint, or say where its data lies'] : []),
    ...(captureMode === 'serverless'
      ? ['captureMode: got "serverless", but serverless endpoints capture no data']
      : []),
    ...(baselineProfile === undefined
      ? [
          'baselineProfile: missing; which version serves is known of endpoint only; use Baseline.fromBucket or fromAsset',
        ]
      : []),
    ...(retraining !== undefined && registry === undefined
      ? ['registry: missing; retraining looks at what its pipeline registered last']
      : []),
  ];
}
