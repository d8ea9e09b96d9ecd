import { ArnFormat, Lazy, RemovalPolicy, Resource, Stack, Token } from 'aws-cdk-lib';
import type { ArnComponents, IResource } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CfnModelPackageGroup } from 'aws-cdk-lib/aws-sagemaker';
import type { Construct } from 'constructs';
import { ConstructError } from './errors';
import { approvalPattern, statePattern } from './model-package-events';
import type { VersionPattern } from './model-package-events';
import { claimName } from './physical-names';

/** Where trained models stand as numbered versions, each pending, approved or rejected. */
export interface IModelRegistry extends IResource {
  /**
   * Name of the model package group.
   * @attribute
   */
  readonly modelPackageGroupName: string;

  /**
   * ARN of the model package group.
   * @attribute
   */
  readonly modelPackageGroupArn: string;

  /** Pattern of the ARNs of the group's versions, for policies. */
  readonly modelPackageArnPattern: string;

  /** Allows listing and describing versions. Artifacts are read with a grant on their bucket. */
  grantRead(grantee: iam.IGrantable): iam.Grant;

  /** Allows registering versions, as pending only: whoever trains a model does not approve it by that right. */
  grantRegister(grantee: iam.IGrantable): iam.Grant;

  /** Allows approving and rejecting versions, and changing their metadata. */
  grantApprove(grantee: iam.IGrantable): iam.Grant;

  /**
   * A rule for versions that become approved. It leaves out edits of an approved version's metadata. Events are best
   * effort and may come twice: what they start must be idempotent.
   */
  onApproval(id: string, options?: events.OnEventOptions): events.Rule;

  /** A rule for every change of a version: registration, approval, rejection, metadata. */
  onStateChange(id: string, options?: events.OnEventOptions): events.Rule;
}

/** Properties of a model registry. */
export interface ModelRegistryProps {
  /**
   * Name of the model package group: 1 to 63 letters, digits and hyphens. It cannot be changed later: a new name is a new
   * and empty registry.
   */
  readonly modelPackageGroupName: string;

  /**
   * Ids of other AWS accounts that may read versions and deploy them. They also need to read the artifact bucket, its key
   * and the image.
   * @default - none
   */
  readonly readerAccounts?: string[];

  /**
   * What happens to the registry when it leaves the stack. SageMaker refuses to delete a group that holds versions.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

const READ_VERSIONS = ['sagemaker:DescribeModelPackage', 'sagemaker:ListModelPackages'];

abstract class ModelRegistryBase extends Resource implements IModelRegistry {
  public abstract readonly modelPackageGroupName: string;
  public abstract readonly modelPackageGroupArn: string;
  public abstract readonly modelPackageArnPattern: string;

  public grantRead(grantee: iam.IGrantable): iam.Grant {
    return this.grantOnGroup(grantee).combine(this.grantOnVersions(grantee, READ_VERSIONS));
  }

  public grantRegister(grantee: iam.IGrantable): iam.Grant {
    const create = iam.Grant.addToPrincipal({
      grantee,
      actions: ['sagemaker:CreateModelPackage'],
      resourceArns: [this.modelPackageGroupArn, this.modelPackageArnPattern],
      conditions: { StringEqualsIfExists: { 'sagemaker:ModelApprovalStatus': 'PendingManualApproval' } },
    });
    // SageMaker Pipelines tags what a pipeline registers.
    return create
      .combine(this.grantOnGroup(grantee))
      .combine(this.grantOnVersions(grantee, ['sagemaker:AddTags', 'sagemaker:DescribeModelPackage']));
  }

  public grantApprove(grantee: iam.IGrantable): iam.Grant {
    return this.grantOnVersions(grantee, ['sagemaker:DescribeModelPackage', 'sagemaker:UpdateModelPackage']);
  }

  public onApproval(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.onEvent(id, options, approvalPattern(this.modelPackageGroupName));
  }

  public onStateChange(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.onEvent(id, options, statePattern(this.modelPackageGroupName));
  }

  private onEvent(id: string, options: events.OnEventOptions, pattern: VersionPattern): events.Rule {
    const rule = new events.Rule(this, id, options);
    rule.addEventPattern({ source: [pattern.source], detailType: [pattern.detailType], detail: pattern.detail });
    rule.addTarget(options.target);
    return rule;
  }

  private grantOnGroup(grantee: iam.IGrantable): iam.Grant {
    const actions = ['sagemaker:DescribeModelPackageGroup'];
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.modelPackageGroupArn] });
  }

  private grantOnVersions(grantee: iam.IGrantable, actions: string[]): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.modelPackageArnPattern] });
  }
}

/** A SageMaker model package group: where trained models stand as numbered versions. */
export class ModelRegistry extends ModelRegistryBase {
  /** A registry of this account and region, by its name. */
  public static fromModelPackageGroupName(scope: Construct, id: string, modelPackageGroupName: string): IModelRegistry {
    const arn = Stack.of(scope).formatArn(groupArnComponents(modelPackageGroupName));
    return ModelRegistry.fromModelPackageGroupArn(scope, id, arn);
  }

  /** A registry by its ARN. Another account's registry has to name this account in its `readerAccounts`. */
  public static fromModelPackageGroupArn(scope: Construct, id: string, modelPackageGroupArn: string): IModelRegistry {
    const arn = Stack.of(scope).splitArn(modelPackageGroupArn, ArnFormat.SLASH_RESOURCE_NAME);
    const name = arn.resourceName!;

    class Import extends ModelRegistryBase {
      public readonly modelPackageGroupName = name;
      public readonly modelPackageGroupArn = modelPackageGroupArn;
      public readonly modelPackageArnPattern = Stack.of(scope).formatArn({ ...arn, ...versionArnComponents(name) });
    }
    return new Import(scope, id, { environmentFromArn: modelPackageGroupArn });
  }

  public readonly modelPackageGroupName: string;
  public readonly modelPackageGroupArn: string;
  public readonly modelPackageArnPattern: string;
  private readonly policy = new iam.PolicyDocument();

  public constructor(scope: Construct, id: string, props: ModelRegistryProps) {
    super(scope, id, { physicalName: props.modelPackageGroupName });
    claimName(this, 'modelPackageGroupName', props.modelPackageGroupName);
    validateName(this, props.modelPackageGroupName);

    const group = new CfnModelPackageGroup(this, 'Resource', {
      modelPackageGroupName: this.physicalName,
      // Constant on purpose: a changed description replaces the group, and with it every version.
      modelPackageGroupDescription: 'Versions of one model',
      modelPackageGroupPolicy: Lazy.any({ produce: () => (this.policy.isEmpty ? undefined : this.policy.toJSON()) }),
    });
    group.applyRemovalPolicy(props.removalPolicy ?? RemovalPolicy.RETAIN);

    this.modelPackageGroupName = this.physicalName;
    this.modelPackageGroupArn = this.getResourceArnAttribute(
      group.attrModelPackageGroupArn,
      groupArnComponents(this.physicalName),
    );
    this.modelPackageArnPattern = Stack.of(this).formatArn(versionArnComponents(this.physicalName));
    this.shareWith(props.readerAccounts ?? []);
    this.node.addValidation({ validate: () => this.policy.validateForResourcePolicy() });
  }

  /** Adds a statement to the policy of the group, at most 20,480 characters in all. Name the group by its name, not by a reference. */
  public addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult {
    this.policy.addStatements(statement);
    return { statementAdded: true, policyDependable: this };
  }

  /** The policy that the developer guide gives for deploying from another account, without the right to change versions. */
  private shareWith(accounts: string[]): void {
    for (const account of accounts) {
      validateAccount(this, account);
    }
    if (accounts.length === 0) {
      return;
    }
    const principals = [...new Set(accounts)].map((account) => new iam.AccountPrincipal(account));
    this.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'ReadGroup',
        principals,
        actions: ['sagemaker:DescribeModelPackageGroup'],
        // By name: a policy cannot refer to the resource that it is part of.
        resources: [Stack.of(this).formatArn(groupArnComponents(this.physicalName))],
      }),
    );
    this.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'DeployVersions',
        principals,
        actions: [...READ_VERSIONS, 'sagemaker:CreateModel'],
        resources: [this.modelPackageArnPattern],
      }),
    );
  }
}

function groupArnComponents(name: string): ArnComponents {
  return { service: 'sagemaker', resource: 'model-package-group', resourceName: name };
}

function versionArnComponents(name: string): ArnComponents {
  return { service: 'sagemaker', resource: 'model-package', resourceName: `${name}/*` };
}

function validateName(scope: Construct, name: string): void {
  if (!Token.isUnresolved(name) && !/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(name)) {
    throw new ConstructError(
      scope,
      `modelPackageGroupName must be 1 to 63 letters, digits and hyphens, with a letter or digit at both ends, got '${name}'`,
    );
  }
}

function validateAccount(scope: Construct, account: string): void {
  if (!Token.isUnresolved(account) && !/^\d{12}$/.test(account)) {
    throw new ConstructError(scope, `readerAccounts must be account ids of 12 digits, in quotes, got '${account}'`);
  }
}
