import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ResolvedServing } from '../../config/schema';
import { abTestingProblem } from '../../plan/ab-testing';
import { ConstructError } from '../errors';
import { checkNetwork } from '../network';
import type { NetworkProps } from '../network';

/** Props of an endpoint that are no part of the config. */
export interface CheckedProps extends NetworkProps {
  readonly endpointName: string;
  readonly dataCapture?: boolean;
  readonly capturePercent?: number;
  readonly automaticDeployment?: boolean;
  readonly abTesting?: boolean;
}

/** SageMaker allows 63 characters, and a time and an id follow in the names of what the deployer makes. */
const NAME = /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** What the config's rules do not see. */
export function checkProps(scope: Construct, props: CheckedProps): void {
  const { endpointName, capturePercent } = props;
  if (!Token.isUnresolved(endpointName) && !NAME.test(endpointName)) {
    const allowed = '1 to 40 lower-case letters, digits and hyphens, starting with a letter and not ending in a hyphen';
    throw new ConstructError(scope, `endpointName: got ${JSON.stringify(endpointName)}, allowed: ${allowed}`);
  }
  const isPercent = Number.isInteger(capturePercent) && capturePercent! >= 1 && capturePercent! <= 100;
  if (capturePercent !== undefined && !Token.isUnresolved(capturePercent) && !isPercent) {
    throw new ConstructError(scope, `capturePercent: got ${capturePercent}, allowed: an integer from 1 to 100`);
  }
  checkNetwork(scope, props);
}

/** What goes with which mode. A whole config has rules for this; an endpoint of its own has none. */
export function checkMode(scope: Construct, props: CheckedProps, { mode, abTest }: ResolvedServing): void {
  if (props.dataCapture && mode === 'serverless') {
    throw new ConstructError(
      scope,
      'dataCapture: got true, but serverless endpoints capture no data; leave dataCapture out, or choose another mode',
    );
  }
  const problem = abTestingProblem(props, { mode, abTest });
  if (problem !== undefined) throw new ConstructError(scope, problem);
}
