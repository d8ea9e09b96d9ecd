import { CustomResource, Lazy, RemovalPolicy, Stack, TagManager, TagType } from 'aws-cdk-lib';
import type { CfnResource, ITaggable } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct, IDependable } from 'constructs';
import type { AwsConfig } from '../config/clouds';
import type { DataFormat } from '../config/data';
import { DEFAULTS } from '../config/defaults';
import { pickSection, resolveSections } from '../config/resolve';
import type { ResolvedAws, ResolvedServing } from '../config/schema';
import type { ServingConfig, ServingMode } from '../config/serving';
import type { FrameworkConfig } from '../config/training';
import { abTestRules } from '../plan/ab-testing';
import { requestFormat } from '../plan/training-plan';
import type { EndpointResourceProperties } from '../runtime/contract';
import { Deployer } from './deployer';
import { endpointAlarms } from './endpoint/alarms';
import { capturedData } from './endpoint/capture';
import type { CapturedData } from './endpoint/capture';
import { checkMode, checkProps } from './endpoint/checks';
import { servingChoices } from './endpoint/choices';
import type { ServingChoices } from './endpoint/choices';
import { awsPolicy, awsServing } from './endpoint/policy';
import { modelStatements } from './endpoint/roles';
import type { ModelAccess } from './endpoint/roles';
import { predictionRule, watchRule } from './endpoint/rules';
import type { IModelEndpoint } from './model-endpoint-base';
import { endpointArnOf, ModelEndpointBase } from './model-endpoint-base';
import type { IModelRegistry } from './model-registry';
import type { Network } from './network';
import { networkOf, subnetIds, vpcConfig } from './network';
import { claimName } from './physical-names';
import { serviceRole } from './service-role';
import { acknowledgeStatements } from './wildcard-reasons';

export type { EndpointSlot, IModelEndpoint } from './model-endpoint-base';

/** Properties of an endpoint: the config's `serving` section, and what it works with. */
export interface ModelEndpointProps extends ServingConfig {
  /**
   * Name of the endpoint: 1 to 40 lower-case letters, digits and hyphens, starting with a letter. It cannot be changed later:
   * another name is another endpoint.
   */
  readonly endpointName: string;

  /** Registry whose approved versions are deployed. */
  readonly registry: IModelRegistry;

  /**
   * Bucket of the models, below `training/`, and for captured data and answers. Asynchronous requests are read below
   * `asynchronous/<endpointName>/`. Models and requests that lie elsewhere can be used once `role` may read them.
   */
  readonly artifactBucket: s3.IBucket;

  /** Key for volumes, captured data and answers; also for the deployer, if this is the first endpoint of the stack. */
  readonly encryptionKey: kms.IKey;

  /**
   * Framework whose image serves models that are given by their artifact, where there is no `image`. Versions of the
   * registry bring their own image.
   * @default - without `image`, only versions of the registry can be deployed
   */
  readonly framework?: FrameworkConfig;

  /**
   * Format of the data, and with it of requests and answers.
   * @default 'csv'
   */
  readonly dataFormat?: DataFormat;

  /**
   * Keep requests and answers in the bucket, below `capture/<endpointName>/`. Not in serverless mode.
   * @default false
   */
  readonly dataCapture?: boolean;

  /**
   * Part of the requests that is captured, in percent, 1 to 100.
   * @default 100
   */
  readonly capturePercent?: number;

  /**
   * Deploy versions as soon as they are approved. Without, a person deploys them.
   * @default true
   */
  readonly automaticDeployment?: boolean;

  /**
   * Test new versions against the champion before they take over.
   * @default - as `abTest` is given or not
   */
  readonly abTesting?: boolean;

  /**
   * Alarms on slow, refused and failed requests, and on missing capacity. Batch prediction has no endpoint to watch.
   * @default true
   */
  readonly operationalAlarms?: boolean;

  /**
   * Refuse versions without a baseline, since nothing could tell their drift.
   * @default false
   */
  readonly requireBaseline?: boolean;

  /**
   * Exact values for AWS; they go before the neutral ones.
   * @default - none
   */
  readonly aws?: AwsConfig;

  /**
   * Topic that is told of alarms, failed deployments and verdicts.
   * @default - alarms and records exist, and tell nobody
   */
  readonly topic?: sns.ITopic;

  /**
   * Role of the model's containers. The permissions they need are added to it.
   * @default - a new role
   */
  readonly role?: iam.IRole;

  /**
   * VPC for the model's containers, and for the functions of the deployer, if this is the first endpoint of the stack. Models
   * in serverless mode run in no VPC.
   * @default - no VPC
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Subnets in the VPC.
   * @default - the private subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Security groups in the VPC.
   * @default - a new one that lets everything out and nothing in
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * Deployer of its own. It stands in the same stack. An endpoint keeps the deployer that it was created with.
   * @default - the one that the endpoints of the stack share
   */
  readonly deployer?: Deployer;

  /**
   * What happens to the endpoint when it leaves the stack. With `RETAIN` the endpoint goes on serving, and its role stays:
   * both are deleted by hand.
   * @default RemovalPolicy.DESTROY - an endpoint holds no data, and costs money
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A SageMaker endpoint, and how models get onto it. It is empty until a version is approved, or a person deploys a model. The
 * stack says how models are served; which one serves, the deployer alone decides, so deploying the stack again never puts an
 * old model back. In batch mode there is a champion and no endpoint.
 */
export class ModelEndpoint extends ModelEndpointBase implements ec2.IConnectable, ITaggable {
  /** An endpoint that stands already, by its name. */
  public static fromEndpointName(scope: Construct, id: string, endpointName: string): IModelEndpoint {
    class Import extends ModelEndpointBase {
      public readonly endpointName = endpointName;
      public readonly endpointArn = endpointArnOf(Stack.of(scope), endpointName);
      public readonly mode = undefined;
    }
    return new Import(scope, id);
  }

  public readonly endpointName: string;
  public readonly endpointArn: string;
  public readonly mode?: ServingMode;

  /** Role of the model's containers: grant it what your inference script needs. */
  public readonly role: iam.IRole;

  /** Registry whose approved versions are deployed. */
  public readonly registry: IModelRegistry;

  /** Decides which model serves. */
  public readonly deployer: Deployer;

  /** Alarms on slow, refused and failed requests, and on missing capacity. */
  public readonly alarms: cloudwatch.Alarm[];

  /**
   * Folder of captured requests and answers, as an S3 URI; each deployment has a folder of its own in it.
   * @default - nothing is captured
   */
  public readonly captureLocation?: string;

  /**
   * What a monitor reads.
   * @internal
   */
  public readonly _captured?: CapturedData;

  /** Tags of the endpoint and of everything that the deployer makes for it. */
  public readonly tags = new TagManager(TagType.MAP, 'Custom::MlopsModelEndpoint');

  public readonly connections: ec2.Connections;

  constructor(scope: Construct, id: string, props: ModelEndpointProps) {
    super(scope, id, { physicalName: props.endpointName });
    checkProps(this, props);
    claimName(this, 'endpointName', props.endpointName);
    const { serving, aws } = resolve(props);
    checkMode(this, props, serving);
    this.mode = serving.mode;
    this.endpointName = props.endpointName;
    this.endpointArn = endpointArnOf(this.stack, props.endpointName);
    this.registry = props.registry;
    if (props.dataCapture) this.captureLocation = props.artifactBucket.s3UrlForObject(`capture/${props.endpointName}`);

    const network = networkOf(this, props, 'Models and their deployer');
    this.connections = new ec2.Connections({ securityGroups: network?.securityGroups });
    const ofModel = serving.mode === 'serverless' ? undefined : network;
    const choices = servingChoices(this, serving, aws, props.framework);
    this._captured = capturedData(serving.mode, choices.output, props);
    const rights = this.createRole(props, modelAccess(props, serving, choices, ofModel));
    this.role = rights.role;

    this.deployer = Deployer._of(this, props.deployer, {
      encryptionKey: props.encryptionKey,
      vpc: network?.vpc,
      vpcSubnets: network?.subnets,
      securityGroups: network?.securityGroups,
      topic: props.topic,
    });
    const served = this.deployer._serve({
      endpointName: this.endpointName,
      endpointArn: this.endpointArn,
      registry: props.registry,
      modelRole: this.role,
      encryptionKey: props.encryptionKey,
      topic: props.topic,
      inVpc: ofModel !== undefined,
    });
    const policy = this.policy(props, serving, aws, choices, ofModel);
    this.createResource(props, served.serviceToken, policy, [this.deployer, ...rights.dependables]);
    this.createRules(props, serving, served.eventRoleArn);
    const watched = (props.operationalAlarms ?? true) && serving.mode !== 'batch';
    this.alarms = watched ? endpointAlarms(this, this, serving, props.topic) : [];
  }

  /**
   * Allows what people do with the command line: deploying, promoting, rolling back, and reading this endpoint's record.
   * Whoever may start the deployer may name any of its endpoints: give an endpoint a deployer of its own to keep it apart.
   */
  public grantDeploy(grantee: iam.IGrantable): iam.Grant {
    return this.deployer._grantOperateOn(this.endpointName, grantee);
  }

  private createRole(
    props: ModelEndpointProps,
    access: ModelAccess,
  ): { readonly role: iam.IRole; readonly dependables: IDependable[] } {
    const statements = modelStatements(this.stack, access);
    const network = [...this.connections.securityGroups, ...(props.vpc ? [props.vpc] : [])];
    if (props.role) {
      // A policy of this stack: in the role's own stack it would refer to this one, which refers to the role.
      const policy = new iam.Policy(this, 'ModelPolicy', { statements });
      props.role.attachInlinePolicy(policy);
      acknowledgeStatements(policy, statements);
      return { role: props.role, dependables: [policy, props.role, ...network] };
    }
    const role = serviceRole(this, 'Role', {
      description: `Models on the endpoint ${props.endpointName}`,
      assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com'),
      policyName: 'Model',
      statements,
    });
    if (props.removalPolicy === RemovalPolicy.RETAIN) role.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return { role, dependables: [role, ...network] };
  }

  private policy(
    props: ModelEndpointProps,
    serving: ResolvedServing,
    aws: ResolvedAws,
    choices: ServingChoices,
    network: Network | undefined,
  ): object {
    const { registry, topic, requireBaseline = false, automaticDeployment = true } = props;
    const served = awsServing(serving, aws, choices, {
      roleArn: this.role.roleArn,
      encryptionKeyArn: props.encryptionKey.keyArn,
      vpc: network && vpcConfig(network),
      requestFormat: requestFormat(props.dataFormat ?? DEFAULTS.data.format),
      captureLocation: this.captureLocation,
      capturePercent: props.capturePercent ?? DEFAULTS.monitoring.capturePercent,
      output: choices.output ?? props.artifactBucket.s3UrlForObject(`${serving.mode}/${props.endpointName}`),
    });
    const policy = awsPolicy(serving, {
      serving: served,
      automatic: automaticDeployment,
      requireBaseline,
      abTest: abTestRules(serving, props.abTesting),
      modelPackageGroup: registry.modelPackageGroupName,
      topicArn: topic?.topicArn,
    });
    return { ...policy, tags: Lazy.any({ produce: () => this.allTags() }) };
  }

  /** Those of the stack reach what CloudFormation makes by themselves, and nothing else. */
  private allTags(): Record<string, string> {
    return { ...this.stack.tags.tagValues(), ...this.tags.tagValues() };
  }

  /** Deleting it takes all that it depends on: it goes first. */
  private createResource(
    props: ModelEndpointProps,
    serviceToken: string,
    policy: object,
    dependables: IDependable[],
  ): void {
    const properties: EndpointResourceProperties = {
      EndpointName: props.endpointName,
      Policy: this.stack.toJsonString(policy),
    };
    const resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::MlopsModelEndpoint',
      serviceToken,
      properties: { ...properties },
      removalPolicy: props.removalPolicy ?? RemovalPolicy.DESTROY,
    });
    resource.node.addDependency(...dependables);
    const l1 = resource.node.defaultChild as CfnResource;
    // Some of them it refers to anyway: cfn-lint warns of that.
    l1.addMetadata('cfn-lint', { config: { ignore_checks: ['W3005'] } });
    this.node.defaultChild = l1;
  }

  private createRules(props: ModelEndpointProps, serving: ResolvedServing, roleArn: string): void {
    const automatic = props.automaticDeployment ?? true;
    const rule = {
      endpointName: props.endpointName,
      registry: props.registry,
      stateMachineArn: this.deployer.stateMachine.stateMachineArn,
      roleArn,
      automatic,
      abTesting: abTestRules(serving, props.abTesting) !== undefined,
    };
    watchRule(this, 'Rule', rule);
    const schedule = serving.mode === 'batch' ? serving.batch?.schedule : undefined;
    if (schedule) predictionRule(this, 'PredictionRule', schedule.cron, rule);
  }
}

/** The props as sections: validated by the config's own rules, with defaults. */
function resolve(props: ModelEndpointProps): { serving: ResolvedServing; aws: ResolvedAws } {
  return resolveSections(
    { serving: pickSection('serving', props), aws: props.aws ?? {} },
    { cloud: 'aws', at: { serving: 'props' } },
  );
}

function modelAccess(
  props: ModelEndpointProps,
  { mode }: ResolvedServing,
  { input, output, image }: ServingChoices,
  network: Network | undefined,
): ModelAccess {
  const { endpointName, artifactBucket, encryptionKey } = props;
  const answers = mode === 'asynchronous' || (mode === 'batch' && output === undefined); // and asynchronous requests
  return {
    endpointName,
    artifactBucket,
    encryptionKey,
    folders: [
      ...(props.dataCapture ? [`capture/${endpointName}/`] : []),
      ...(answers ? [`${mode}/${endpointName}/`] : []),
    ],
    input,
    output,
    image,
    network: network && { subnets: subnetIds(network), securityGroups: network.securityGroups },
  };
}
