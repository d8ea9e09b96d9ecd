import { Construct } from 'constructs';
import type { TerraformMetaArguments } from '../engine';
import { TerraformDataSource, TerraformProvider, TerraformResource, TerraformStack } from '../engine';
import type { DataSourceArguments, DataSourceType, ResourceArguments, ResourceType } from './resource-types';

/** The provider that all resources come from. The range is open: their arguments exist from 6.50 on, in 7 and in 8 too. */
const PROVIDER = { providerName: 'google', providerVersionConstraint: '>= 6.50' };

/**
 * A resource of the google provider: its type and its arguments, both named as in the provider's documentation. Nothing is
 * translated, so what stands here is what stands in the Terraform JSON.
 */
export class GoogleResource<Type extends ResourceType = ResourceType> extends TerraformResource {
  /** References by attribute: the engine makes a new token, with a stack trace, each time that it is asked. */
  private readonly references = new Map<string, string>();

  constructor(
    scope: Construct,
    id: string,
    type: Type,
    private readonly resourceArguments: ResourceArguments[Type],
    meta: TerraformMetaArguments = {},
  ) {
    const dependsOn = withinStack(scope, meta.dependsOn);
    super(scope, id, { terraformResourceType: type, terraformGeneratorMetadata: PROVIDER, ...meta, dependsOn });
  }

  /** A reference to the resource's id. */
  public get id(): string {
    return this.attribute('id');
  }

  /** A reference to an attribute, for example `name` or `email`. */
  public attribute(name: string): string {
    const reference = this.references.get(name) ?? this.getStringAttribute(name);
    this.references.set(name, reference);
    return reference;
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { ...this.resourceArguments };
  }
}

/** Terraform orders what stands in one stack; what stands in another is waited for with all of that stack. */
function withinStack(scope: Construct, dependsOn: TerraformMetaArguments['dependsOn']): typeof dependsOn {
  const own = TerraformStack.of(scope);
  return dependsOn?.filter((dependency) => {
    const stack = Construct.isConstruct(dependency) ? TerraformStack.of(dependency) : own;
    if (stack !== own) own.addDependency(stack);
    return stack === own;
  });
}

/** A data source of the google provider. */
export class GoogleDataSource<Type extends DataSourceType = DataSourceType> extends TerraformDataSource {
  constructor(
    scope: Construct,
    id: string,
    type: Type,
    private readonly sourceArguments: DataSourceArguments[Type],
    meta: TerraformMetaArguments = {},
  ) {
    super(scope, id, { terraformResourceType: type, terraformGeneratorMetadata: PROVIDER, ...meta });
  }

  /** A reference to an attribute, for example `number`. */
  public attribute(name: string): string {
    return this.getStringAttribute(name);
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { ...this.sourceArguments };
  }
}

/** Properties of the google provider. */
export interface GoogleProviderProps {
  /**
   * Project of resources that name none; those of this library name theirs.
   * @default - the provider's: GOOGLE_PROJECT, gcloud's configuration
   */
  readonly project?: string;

  /**
   * Region of resources that name none; those of this library name theirs.
   * @default - the provider's: GOOGLE_REGION, gcloud's configuration
   */
  readonly region?: string;

  /**
   * Name under which resources choose this provider, where a stack has several.
   * @default - the default provider of the stack
   */
  readonly alias?: string;
}

/** The google provider, for stacks that have none yet (`@cdktf/provider-google` brings one too). */
export class GoogleProvider extends TerraformProvider {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: GoogleProviderProps = {},
  ) {
    super(scope, id, {
      terraformResourceType: 'google',
      terraformGeneratorMetadata: PROVIDER,
      terraformProviderSource: 'hashicorp/google',
    });
  }

  /** Name under which resources choose this provider. */
  public override get alias(): string | undefined {
    return this.props.alias;
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    const { project, region } = this.props;
    return { project, region };
  }
}
