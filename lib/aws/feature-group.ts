import { ArnFormat, RemovalPolicy, Resource, Stack, Token } from 'aws-cdk-lib';
import type { ArnComponents, IResource } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { CfnFeatureGroup } from 'aws-cdk-lib/aws-sagemaker';
import type { Construct } from 'constructs';
import type { OfflineTableFormat } from '../config/clouds';
import type { FeatureConfig, FeatureGroupConfig, FeatureType } from '../config/feature-store';
import { claimName } from './physical-names';
import { resolveSection } from '../config/resolve';
import type { ResolvedFeatureStore } from '../config/schema';
import { acknowledgeInlinePolicies, acknowledgeWildcards } from './nag-suppressions';

/** Features of one kind of record, in an online store, an offline store, or both. */
export interface IFeatureGroup extends IResource {
  /**
   * Name of the feature group.
   * @attribute
   */
  readonly featureGroupName: string;

  /**
   * ARN of the feature group.
   * @attribute
   */
  readonly featureGroupArn: string;

  /** Allows writing and deleting records. */
  grantIngest(grantee: iam.IGrantable): iam.Grant;

  /** Allows reading the newest record by its identifier. */
  grantOnlineRead(grantee: iam.IGrantable): iam.Grant;

  /** Allows reading the history: the table in the Glue catalog and the files behind it. */
  grantOfflineRead(grantee: iam.IGrantable): iam.Grant;

  /**
   * A metric of one runtime operation (`PutRecord`, `GetRecord`, `DeleteRecord`): `Invocations`, `Operation4XXErrors`,
   * `Operation5XXErrors`, `ThrottledRequests`, `Latency` (microseconds), `ConsumedReadRequestsUnits`,
   * `ConsumedWriteRequestsUnits`.
   */
  metric(metricName: string, operation: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric;
}

/** A feature group that stands already. */
export interface FeatureGroupAttributes {
  /** Name of the feature group. */
  readonly featureGroupName: string;

  /**
   * Key of its stores.
   * @default - grants give no right to use a key
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Bucket of its offline store.
   * @default - `grantOfflineRead` gives no right to read files
   */
  readonly bucket?: s3.IBucket;

  /**
   * Folder of its offline store in the bucket, without slashes at its ends.
   * @default - `feature-store/` and the group's name
   */
  readonly prefix?: string;
}

/** Properties of a feature group. Everything but `features`, `ttlHours` and `removalPolicy` is fixed at creation. */
export interface FeatureGroupProps extends FeatureGroupConfig {
  /** Key that encrypts both stores. Another key replaces the group. */
  readonly encryptionKey: kms.IKey;

  /** Bucket of the offline store. Another bucket replaces the group. */
  readonly bucket: s3.IBucket;

  /**
   * Role with which SageMaker writes the offline store; it gets the rights it needs here. Another role replaces the group.
   */
  readonly role: iam.IRole;

  /**
   * Folder of the offline store in the bucket, without slashes at its ends. Another folder replaces the group.
   * @default - `feature-store/` and the group's name
   */
  readonly prefix?: string;

  /**
   * Format of the offline table. Another format replaces the group.
   * @default 'iceberg'
   */
  readonly tableFormat?: OfflineTableFormat;

  /**
   * What happens to the group, its records and its history, when it leaves the stack.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

const NAMESPACE = 'AWS/SageMaker/FeatureStore';
const GLUE_DATABASE = 'sagemaker_featurestore';
const FEATURE_TYPES: { readonly [type in FeatureType]: string } = {
  integer: 'Integral',
  float: 'Fractional',
  string: 'String',
};
const TABLE_FORMATS: { readonly [format in OfflineTableFormat]: string } = { iceberg: 'Iceberg', glue: 'Glue' };

abstract class FeatureGroupBase extends Resource implements IFeatureGroup {
  public abstract readonly featureGroupName: string;
  public abstract readonly featureGroupArn: string;
  protected abstract readonly encryptionKey?: kms.IKey;
  protected abstract readonly bucket?: s3.IBucket;
  protected abstract readonly prefix: string;
  /** The name as it was given, never a reference: patterns are made of it. */
  protected abstract readonly literalName: string;

  public grantIngest(grantee: iam.IGrantable): iam.Grant {
    return this.grantRuntime(grantee, ['sagemaker:PutRecord', 'sagemaker:BatchWriteRecord', 'sagemaker:DeleteRecord']);
  }

  public grantOnlineRead(grantee: iam.IGrantable): iam.Grant {
    return this.grantRuntime(grantee, ['sagemaker:GetRecord', 'sagemaker:BatchGetRecord']);
  }

  public grantOfflineRead(grantee: iam.IGrantable): iam.Grant {
    const grant = this.grantRuntime(grantee, ['sagemaker:DescribeFeatureGroup']).combine(
      this.allow(grantee, ['glue:GetDatabase', 'glue:GetTable', 'glue:GetPartitions'], ...this.glueArns()),
    );
    return this.bucket ? grant.combine(this.grantFiles(grantee, this.bucket)) : grant;
  }

  public metric(metricName: string, operation: string, props: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: NAMESPACE,
      metricName,
      dimensionsMap: { FeatureGroupName: this.featureGroupName, OperationName: operation },
      ...props,
    }).attachTo(this);
  }

  /** Catalog, database and table, as Glue wants them in policies. */
  protected glueArns(): string[] {
    const glue = (resource: string, resourceName?: string) =>
      Stack.of(this).formatArn({
        service: 'glue',
        resource,
        resourceName,
        arnFormat: resourceName === undefined ? ArnFormat.NO_RESOURCE_NAME : ArnFormat.SLASH_RESOURCE_NAME,
      });
    return [glue('catalog'), glue('database', GLUE_DATABASE), glue('table', `${GLUE_DATABASE}/${this.tablePattern}`)];
  }

  /**
   * SageMaker names the table after the group, in lower case, with hyphens or underscores, and appends the time of
   * creation.
   */
  private get tablePattern(): string {
    const name = Token.isUnresolved(this.literalName) ? '' : this.literalName.toLowerCase().replace(/[-_]/g, '?');
    return `${name}*`;
  }

  protected allow(grantee: iam.IGrantable, actions: string[], ...resourceArns: string[]): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns });
  }

  private grantRuntime(grantee: iam.IGrantable, actions: string[]): iam.Grant {
    const grant = this.allow(grantee, actions, this.featureGroupArn);
    return this.encryptionKey ? grant.combine(this.encryptionKey.grantDecrypt(grantee)) : grant;
  }

  private grantFiles(grantee: iam.IGrantable, bucket: s3.IBucket): iam.Grant {
    const list = iam.Grant.addToPrincipal({
      grantee,
      actions: ['s3:ListBucket'],
      resourceArns: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': [this.prefix, `${this.prefix}/*`] } },
    });
    return list
      .combine(this.allow(grantee, ['s3:GetBucketLocation'], bucket.bucketArn))
      .combine(this.allow(grantee, ['s3:GetObject'], bucket.arnForObjects(`${this.prefix}/*`)));
  }
}

/** A SageMaker feature group. It grows in place; what cannot be changed later is listed in its properties. */
export class FeatureGroup extends FeatureGroupBase {
  /** A feature group of this account and region, by its name. Give its bucket and key for complete grants. */
  public static fromFeatureGroupName(scope: Construct, id: string, featureGroupName: string): IFeatureGroup {
    return FeatureGroup.fromFeatureGroupAttributes(scope, id, { featureGroupName });
  }

  /** A feature group of this account and region. */
  public static fromFeatureGroupAttributes(
    scope: Construct,
    id: string,
    attributes: FeatureGroupAttributes,
  ): IFeatureGroup {
    class Import extends FeatureGroupBase {
      public readonly featureGroupName = attributes.featureGroupName;
      public readonly featureGroupArn = Stack.of(scope).formatArn(arnComponents(attributes.featureGroupName));
      protected readonly encryptionKey = attributes.encryptionKey;
      protected readonly bucket = attributes.bucket;
      protected readonly literalName = attributes.featureGroupName;
      protected readonly prefix = attributes.prefix ?? defaultPrefix(attributes.featureGroupName);
    }
    return new Import(scope, id);
  }

  public readonly featureGroupName: string;
  public readonly featureGroupArn: string;
  protected readonly encryptionKey: kms.IKey;
  protected readonly bucket: s3.IBucket;
  protected readonly prefix: string;
  protected readonly literalName: string;

  public constructor(scope: Construct, id: string, props: FeatureGroupProps) {
    super(scope, id, { physicalName: props.name });
    claimName(this, 'feature group name', props.name);
    const config = resolveGroup(props);
    this.encryptionKey = props.encryptionKey;
    this.bucket = props.bucket;
    this.literalName = props.name;
    this.prefix = props.prefix ?? defaultPrefix(props.name);

    // No description: changing one replaces the group.
    const group = new CfnFeatureGroup(this, 'Resource', {
      featureGroupName: this.physicalName,
      recordIdentifierFeatureName: config.recordIdentifier,
      eventTimeFeatureName: config.eventTime,
      featureDefinitions: definitions(config),
      onlineStoreConfig: config.online ? this.onlineStore(config.ttlHours) : undefined,
      offlineStoreConfig: config.offline ? this.offlineStore(props.tableFormat ?? 'iceberg') : undefined,
      roleArn: props.role.roleArn,
    });
    group.applyRemovalPolicy(props.removalPolicy ?? RemovalPolicy.RETAIN);
    keepTagsOff(group);
    if (config.offline) {
      this.grantOfflineWrite(props.role, props.tableFormat ?? 'iceberg').applyBefore(group);
    }

    this.featureGroupName = this.getResourceNameAttribute(group.ref);
    this.featureGroupArn = this.getResourceArnAttribute(
      Stack.of(this).formatArn(arnComponents(group.ref)),
      arnComponents(this.physicalName),
    );
  }

  private onlineStore(ttlHours?: number): any {
    return {
      EnableOnlineStore: true,
      SecurityConfig: { KmsKeyId: this.encryptionKey.keyArn },
      TtlDuration: ttlHours === undefined ? undefined : { Unit: 'Hours', Value: ttlHours },
    };
  }

  private offlineStore(format: OfflineTableFormat): any {
    return {
      S3StorageConfig: {
        S3Uri: this.bucket.s3UrlForObject(this.prefix),
        KmsKeyId: this.encryptionKey.keyArn,
      },
      TableFormat: TABLE_FORMATS[format],
    };
  }

  /** What the managed policy `AmazonSageMakerFeatureStoreAccess` allows, for this folder and this table only. */
  private grantOfflineWrite(role: iam.IRole, format: OfflineTableFormat): iam.Grant {
    const files = this.bucket.arnForObjects(`${this.prefix}/*`);
    const metadata = this.bucket.arnForObjects(`${this.prefix}/*/metadata/*`);
    const tables = this.glueArns();
    acknowledgeWildcards(role, 'SageMaker chooses the names of the files and of the table.', [
      files,
      metadata,
      ...tables,
    ]);
    acknowledgeInlinePolicies(role);

    // Not part of the returned grant: a key's policy, which is in the key itself, is nothing that one could wait for.
    this.encryptionKey.grant(role, 'kms:GenerateDataKey', 'kms:Decrypt');
    const write = this.allow(role, ['s3:PutObject', 's3:PutObjectAcl'], files).combine(
      this.allow(role, ['s3:GetBucketAcl'], this.bucket.bucketArn),
    );
    return format === 'glue'
      ? write
      : write
          .combine(this.allow(role, ['s3:GetObject'], metadata))
          .combine(this.allow(role, ['glue:GetTable', 'glue:UpdateTable'], ...tables));
  }
}

/** The config of the group, validated and with defaults. */
function resolveGroup(props: FeatureGroupProps): ResolvedFeatureStore['groups'][number] {
  const { name, recordIdentifier, eventTime, online, offline, ttlHours, features } = props;
  const group = { name, recordIdentifier, eventTime, online, offline, ttlHours, features };
  return resolveSection('featureStore', { groups: [group] }, '').groups[0]!;
}

/** Record identifier and event time come first, listed or not, so that listing them later changes nothing. */
function definitions(config: FeatureGroupConfig): CfnFeatureGroup.FeatureDefinitionProperty[] {
  const keys = [config.recordIdentifier, config.eventTime];
  const listed = (name: string) => config.features.find((feature) => feature.name === name);
  const features: FeatureConfig[] = [
    ...keys.map((name) => listed(name) ?? { name, type: 'string' as const }),
    ...config.features.filter((feature) => !keys.includes(feature.name)),
  ];
  return features.map(({ name, type }) => ({ featureName: name, featureType: FEATURE_TYPES[type] }));
}

/**
 * Tags are fixed when a feature group is created: any change of them asks CloudFormation for a new group. They reach a
 * resource from everywhere (`Tags.of(app)`, aspects, props of stacks), so they are taken out of the rendered template, after
 * all of these had their say.
 */
function keepTagsOff(group: CfnFeatureGroup): void {
  group.addPropertyDeletionOverride('Tags');
}

function defaultPrefix(featureGroupName: string): string {
  return `feature-store/${featureGroupName}`;
}

function arnComponents(featureGroupName: string): ArnComponents {
  return { service: 'sagemaker', resource: 'feature-group', resourceName: featureGroupName };
}
