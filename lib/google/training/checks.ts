import type { Construct } from 'constructs';
import { holdsToken } from '../../config/tokens';
import { ConstructError } from '../errors';
import { placeOf, placeOfModel } from '../google-location';
import type { GoogleLocation } from '../google-location';
import type { IModelRegistry } from '../model-registry';
import { MAX_PIPELINE_BYTES } from '../workflows/training-workflow';

/** The props that are checked here. */
interface CheckedProps {
  readonly pipelineName: string;
  readonly network?: string;
  readonly networkAttachment?: string;
}

/** Checks what neither the config's rules nor Terraform see before the deployment. */
export function checkProps(scope: Construct, { pipelineName, network, networkAttachment }: CheckedProps): void {
  if (!/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(pipelineName)) {
    throw new ConstructError(
      scope,
      `pipelineName: got "${pipelineName}", allowed: 1 to 63 lower-case letters, digits and hyphens, starting with a letter and not ending in a hyphen`,
    );
  }
  if (network !== undefined && networkAttachment !== undefined) {
    throw new ConstructError(scope, 'network and networkAttachment are both given, allowed: one of them');
  }
  checkForm(scope, { network }, 'projects/NUMBER/global/networks/NAME', /^projects\/\d+\/global\/networks\/[^/]+$/);
  const attachments = /^projects\/[^/]+\/regions\/[^/]+\/networkAttachments\/[^/]+$/;
  checkForm(scope, { networkAttachment }, 'projects/PROJECT/regions/REGION/networkAttachments/NAME', attachments);
}

/** Whether a prop, if it is given and known, has the form that the service takes. */
function checkForm(
  scope: Construct,
  prop: Readonly<Record<string, string | undefined>>,
  allowed: string,
  form: RegExp,
) {
  for (const [name, value] of Object.entries(prop)) {
    if (value === undefined || holdsToken(value) || form.test(value)) continue;
    throw new ConstructError(scope, `${name}: got "${value}", allowed: ${allowed}`);
  }
}

/** Whether versions can be registered: the jobs upload them in their own project and region. */
export function checkRegistry(scope: Construct, registry: IModelRegistry, own: GoogleLocation): void {
  const ownPlace = placeOf(own);
  const place = placeOfModel(registry.modelName);
  if (holdsToken(place) || place === ownPlace) return;
  throw new ConstructError(
    scope,
    `registry: is in ${place}, but a pipeline registers in its own project and region, ${ownPlace}; give a registry there`,
  );
}

/** Whether a workflow can pass the pipeline's definition on. */
export function checkSize(scope: Construct, definition: string): void {
  const bytes = Buffer.byteLength(definition);
  if (bytes <= MAX_PIPELINE_BYTES) return;
  throw new ConstructError(
    scope,
    `the pipeline's definition has ${bytes} bytes, allowed: ${MAX_PIPELINE_BYTES}, which a workflow can pass on; shorten hyperparameters and environment`,
  );
}
