import type { Construct } from 'constructs';
import type { ResolvedServing } from '../../config/schema';
import { abTestingProblem } from '../../plan/ab-testing';
import { holdsToken } from '../../config/tokens';
import { ConstructError } from '../errors';
import { placeOf, placeOfModel } from '../google-location';
import type { GoogleLocation } from '../google-location';
import type { IModelRegistry } from '../model-registry';

/** Props of an endpoint that are no part of the config. */
export interface CheckedProps {
  readonly endpointName: string;
  readonly dataCapture?: boolean;
  readonly capturePercent?: number;
  readonly automaticDeployment?: boolean;
  readonly abTesting?: boolean;
  readonly privateServiceConnectProjects?: readonly string[];
}

/** As on AWS; names of accounts, workflow and models are made of it. */
const NAME = /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** What the config's rules do not see. */
export function checkProps(scope: Construct, props: CheckedProps): void {
  const { endpointName, capturePercent, privateServiceConnectProjects: projects } = props;
  if (holdsToken(endpointName) || !NAME.test(endpointName)) {
    const got = holdsToken(endpointName) ? 'a value that only Terraform knows' : JSON.stringify(endpointName);
    const allowed = '1 to 40 lower-case letters, digits and hyphens, starting with a letter and not ending in a hyphen';
    throw new ConstructError(scope, `endpointName: got ${got}, allowed: ${allowed}`);
  }
  const isPercent = Number.isInteger(capturePercent) && capturePercent! >= 1 && capturePercent! <= 100;
  if (capturePercent !== undefined && !isPercent) {
    throw new ConstructError(scope, `capturePercent: got ${capturePercent}, allowed: an integer from 1 to 100`);
  }
  if (projects?.length === 0) {
    throw new ConstructError(
      scope,
      'privateServiceConnectProjects: got none, so nobody could reach the endpoint; name the projects of its clients, or leave it out',
    );
  }
}

/** What goes with which mode. A whole config has rules for this; an endpoint of its own has none. */
export function checkMode(scope: Construct, props: CheckedProps, { mode, abTest }: ResolvedServing): void {
  if (props.dataCapture && mode === 'batch') {
    throw new ConstructError(
      scope,
      'dataCapture: got true, but mode is batch, and predictions are kept anyway; leave dataCapture out, or set mode: realtime',
    );
  }
  const problem = abTestingProblem(props, { mode, abTest });
  if (problem !== undefined) throw new ConstructError(scope, problem);
}

/** Whether versions can be deployed: the deployer's rights end with its project, and models serve in their own region. */
export function checkRegistry(scope: Construct, registry: IModelRegistry, own: GoogleLocation): void {
  const ownPlace = placeOf(own);
  const place = placeOfModel(registry.modelName);
  if (holdsToken(place) || place === ownPlace) return;
  throw new ConstructError(
    scope,
    `registry: is in ${place}, but the endpoint in ${ownPlace}, and models are deployed in their own project and region; give a registry there`,
  );
}
