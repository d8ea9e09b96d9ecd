import type { TerraformMetaArguments } from './engine';

/**
 * What happens to what holds data when it is to be destroyed. `retain`: Terraform and the provider refuse (to keep the resource
 * but not its place in the state, `terraform state rm` it). `destroy`: it goes, with its data.
 */
export type RemovalPolicy = 'retain' | 'destroy';

/** Whether data is kept; it is, unless told otherwise. */
export function isRetained(removalPolicy?: RemovalPolicy): boolean {
  return removalPolicy !== 'destroy';
}

/** Makes Terraform refuse a plan that would destroy the resource. */
export function protection(removalPolicy?: RemovalPolicy): Pick<TerraformMetaArguments, 'lifecycle'> {
  return { lifecycle: { preventDestroy: isRetained(removalPolicy) } };
}
