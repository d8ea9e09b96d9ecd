import * as path from 'node:path';
import { Stack, Tags } from 'aws-cdk-lib';
import type { StackProps } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { ArtifactStore, Config, FeatureStore, MlopsPipeline } from 'cdk-mlops';
import type { EndpointSlot, FeatureStoreConfig, IModelEndpoint } from 'cdk-mlops';
import type { Construct } from 'constructs';

/** Two models and a feature store in a stack that has a network, a key and a topic already. */
export class PlatformStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    // What the stack had before.
    const vpc = isolatedVpc(this);
    const encryptionKey = new kms.Key(this, 'Key', { enableKeyRotation: true });
    const topic = onCallTopic(this, encryptionKey);

    // A feature store by itself: it belongs to no model.
    const { bucket: artifactBucket } = new ArtifactStore(this, 'Artifacts', { encryptionKey });
    const features = new FeatureStore(this, 'Features', {
      ...GROUPS,
      namePrefix: 'acme', // names are unique in an account and region
      encryptionKey,
      bucket: artifactBucket,
    });
    const ingestion = new iam.Role(this, 'IngestionRole', {
      description: 'Of the Lambda function that writes customers to the feature store',
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    features.group('customers').grantIngest(ingestion);

    const backend = new iam.Role(this, 'BackendRole', {
      description: 'Of the Lambda function that asks for predictions',
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    const operators = new iam.Role(this, 'OperatorRole', {
      description: 'Of people who deploy, promote and roll back with cdk-mlops',
      assumedBy: new iam.AccountRootPrincipal(),
    });

    // Two models, which share network, key, bucket, topic and deployer, and one queue that hears of approved versions.
    const approved = new sqs.Queue(this, 'ApprovedVersions', { encryptionMasterKey: encryptionKey, enforceSSL: true });
    for (const model of ['churn', 'fraud']) {
      const { registry, trainingPipeline, endpoint } = new MlopsPipeline(this, model, {
        config: Config.fromFiles(inThisFolder('base.yaml'), inThisFolder(`${model}.yaml`)),
        encryptionKey,
        artifactBucket,
        topic,
        vpc,
        vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      });
      registry.onApproval('Approved', { target: new targets.SqsQueue(approved) });
      if (trainingPipeline) features.group('customers').grantOfflineRead(trainingPipeline.jobRole);
      endpoint.grantInvoke(backend);
      endpoint.grantDeploy(operators);
      const slowTail = slowestPercent(endpoint).createAlarm(this, `${model}-slow-tail`, {
        alarmDescription: `${model}: one request in a hundred takes longer than 2 s`,
        threshold: 2_000_000,
        evaluationPeriods: 3,
      });
      slowTail.addAlarmAction(new SnsAction(topic));
    }

    // What a platform team asks of every stack. Tags of the stack itself would reach feature groups, which cannot change them.
    Tags.of(this).add('team', 'ml', { excludeResourceTypes: ['aws:cdk:stack'] });
    const boundary = iam.ManagedPolicy.fromManagedPolicyName(this, 'Boundary', 'acme-developer-boundary');
    iam.PermissionsBoundary.of(this).apply(boundary);
  }
}

const inThisFolder = (file: string) => path.join(__dirname, file);

const GROUPS: FeatureStoreConfig = {
  groups: [
    {
      name: 'customers',
      recordIdentifier: 'customer_id',
      eventTime: 'event_time',
      ttlHours: 72,
      features: [
        { name: 'tenure_months', type: 'integer' },
        { name: 'monthly_charge', type: 'float' },
      ],
    },
  ],
};

/** An alarm of the team's own, in microseconds. The champion may stand in either slot. */
function slowestPercent(endpoint: IModelEndpoint): cloudwatch.MathExpression {
  const p99 = (slot: EndpointSlot) => endpoint.metricModelLatency(slot, { statistic: cloudwatch.Stats.percentile(99) });
  return new cloudwatch.MathExpression({
    label: '99th percentile of the latency',
    expression: 'MAX([FILL(a, 0), FILL(b, 0)])',
    usingMetrics: { a: p99('a'), b: p99('b') },
  });
}

/** A network without the internet: jobs, functions and models reach AWS through endpoints. */
function isolatedVpc(scope: Construct): ec2.Vpc {
  const vpc = new ec2.Vpc(scope, 'Vpc', {
    maxAzs: 2,
    natGateways: 0,
    subnetConfiguration: [{ name: 'jobs', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
    gatewayEndpoints: {
      S3: { service: ec2.GatewayVpcEndpointAwsService.S3 },
      DynamoDb: { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB },
    },
  });
  const aws = ec2.InterfaceVpcEndpointAwsService;
  const { ECR, ECR_DOCKER, SAGEMAKER_API, CLOUDWATCH_LOGS, CLOUDWATCH_MONITORING, KMS, STS } = aws;
  const jobs = { ECR, ECR_DOCKER, SAGEMAKER_API, CLOUDWATCH_LOGS, CLOUDWATCH_MONITORING, KMS, STS };
  const deployer = { STEP_FUNCTIONS: aws.STEP_FUNCTIONS, APPLICATION_AUTOSCALING: aws.APPLICATION_AUTOSCALING };
  const services = { ...jobs, ...deployer };
  for (const [id, service] of Object.entries(services)) vpc.addInterfaceEndpoint(id, { service });
  return vpc;
}

/** A topic with a policy of its own has to name the alarms of this account as publishers. */
function onCallTopic(stack: Stack, masterKey: kms.IKey): sns.Topic {
  const topic = new sns.Topic(stack, 'OnCall', { masterKey, enforceSSL: true });
  const conditions = { StringEquals: { 'aws:SourceAccount': stack.account } };
  topic.grantPublish(new iam.ServicePrincipal('cloudwatch.amazonaws.com', { conditions }));
  return topic;
}
