import type { TerraformDocument } from '../../lib/google/diff/terraform';
import { resourcesOf } from '../../lib/google/diff/terraform';
import type { TerraformStack } from '../../lib/google/engine';
import { GoogleProvider } from '../../lib/google/l1/google-resource';
import { synthesizeStack } from './judges';

/** The Terraform JSON of a stack that `build` fills, with a provider. */
export function synthesize(build: (stack: TerraformStack) => void): TerraformDocument {
  return synthesizeStack((stack) => {
    new GoogleProvider(stack, 'google');
    build(stack);
  });
}

/** The resources of a type, as they stand in the document. */
export function blocks(document: TerraformDocument, type: string): any[] {
  return resourcesOf(document)
    .filter((placed) => placed.type === type)
    .map(({ block }) => block);
}

/** The only resource of a type. */
export function block(document: TerraformDocument, type: string): any {
  const found = blocks(document, type);
  if (found.length !== 1) throw new Error(`${found.length} resources of type ${type}`);
  return found[0];
}

/** The resource of a type that has a name. */
export function named(document: TerraformDocument, type: string, name: string): any {
  const found = blocks(document, type).filter((one) => one.name === name);
  if (found.length !== 1) throw new Error(`${found.length} resources of type ${type} called ${name}`);
  return found[0];
}

/** The addresses of all resources. */
export function addresses(document: TerraformDocument): string[] {
  return resourcesOf(document).map(({ address }) => address);
}

/** Project and region of tests. */
export const AT = { project: 'acme-ml', region: 'europe-west4' } as const;

/** Somebody. */
export const ANN = 'user:ann@example.com';
