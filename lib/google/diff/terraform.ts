/** Terraform JSON of one stack (`cdk.tf.json`), as far as a comparison reads it. */
export interface TerraformDocument {
  readonly resource?: TerraformBlocks;
  readonly data?: TerraformBlocks;
  readonly locals?: Readonly<Record<string, any>>;
  readonly variable?: Readonly<Record<string, any>>;
  readonly module?: Readonly<Record<string, any>>;
  readonly output?: Readonly<Record<string, any>>;
  /** Addresses that resources had before, and have now. */
  readonly moved?: ReadonlyArray<{ readonly from: string; readonly to: string }>;
  /** Resources that Terraform manages no longer, and whether it deletes them. */
  readonly removed?: ReadonlyArray<{ readonly from: string; readonly lifecycle?: { readonly destroy?: boolean } }>;
}

/** Blocks by type and name. */
export type TerraformBlocks = Readonly<Record<string, Readonly<Record<string, TerraformBlock>>>>;

/** A resource or data source: its arguments and Terraform's own. */
export interface TerraformBlock {
  readonly '//'?: { readonly metadata?: { readonly path?: string } };
  readonly lifecycle?: TerraformLifecycle;
  readonly [argument: string]: any;
}

export interface TerraformLifecycle {
  readonly prevent_destroy?: boolean;
  readonly create_before_destroy?: boolean;
  readonly ignore_changes?: 'all' | readonly string[];
  readonly replace_triggered_by?: readonly string[];
}

/** Stacks by name. */
export type TerraformStacks = Readonly<Record<string, TerraformDocument>>;

/** What Terraform, not the provider, reads in a resource; whatever else stands there is an argument. */
export const META_ARGUMENTS: readonly string[] = [
  '//',
  'connection',
  'count',
  'depends_on',
  'for_each',
  'lifecycle',
  'provider',
  'provisioner',
  'timeouts',
];

/** A resource with its address. */
export interface PlacedBlock {
  /** `google_storage_bucket.artifacts` */
  readonly address: string;
  readonly type: string;
  readonly block: TerraformBlock;
}

/** The resources of a document. */
export function resourcesOf({ resource = {} }: TerraformDocument): PlacedBlock[] {
  return Object.entries(resource).flatMap(([type, blocks]) =>
    Object.entries(blocks).map(([name, block]) => ({ address: `${type}.${name}`, type, block })),
  );
}

/** The data sources of a document, their addresses as references write them: `data.google_project.project`. */
export function dataSourcesOf({ data = {} }: TerraformDocument): PlacedBlock[] {
  return resourcesOf({ resource: data }).map((source) => ({ ...source, address: `data.${source.address}` }));
}

/** The arguments of a resource, without those that are null: Terraform takes them as not set. */
export function argumentsOf(block: TerraformBlock): Record<string, any> {
  return Object.fromEntries(
    Object.entries(block).filter(([name, value]) => !META_ARGUMENTS.includes(name) && value !== null),
  );
}
