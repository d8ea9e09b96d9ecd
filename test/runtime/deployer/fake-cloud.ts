import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { DeploymentRecord } from '../../../lib/deployer/record';
import { emptyRecord } from '../../../lib/deployer/record';
import type { Cloud } from '../../../lib/runtime/aws/deployer/cloud';
import { deploymentStore } from '../../../lib/runtime/aws/deployer/store';
import type { AwsPolicy } from '../../../lib/runtime/contract';

/** Answers of the services, by command: what a service is not asked for has no answer. */
export type Answers = Readonly<Record<string, (input: any) => unknown>>;

/** An error as the services throw it. */
export function serviceError(name: string, message = ''): Error {
  return Object.assign(new Error(message), { name });
}

export const missing = (): never => {
  throw serviceError('ValidationException', 'Could not find endpoint "churn".');
};

const AWS = { region: 'eu-west-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } };

/** SDK clients whose requests end here, and one item of a table. */
export class FakeCloud implements Cloud {
  public readonly calls: { name: string; input: any }[] = [];
  public readonly sagemaker = this.ending(new SageMakerClient(AWS));
  public readonly cloudwatch = this.ending(new CloudWatchClient(AWS));
  public readonly scaling = this.ending(new ApplicationAutoScalingClient(AWS));
  public readonly states = this.ending(new SFNClient(AWS));
  public readonly store = deploymentStore(this.ending(new DynamoDBClient(AWS)), 'records');
  private item?: { document: { S: string }; revision: { N: string } };

  constructor(
    private readonly answers: Answers,
    record?: Partial<DeploymentRecord>,
  ) {
    if (record) this.put({ ...emptyRecord('churn'), ...record });
  }

  public get record(): DeploymentRecord {
    return JSON.parse(this.item!.document.S) as DeploymentRecord;
  }

  /** What another writes behind the deployer's back. */
  public put(record: DeploymentRecord): void {
    this.item = { document: { S: JSON.stringify(record) }, revision: { N: String(record.revision) } };
  }

  public inputs(name: string): any[] {
    return this.calls.filter((call) => call.name === name).map(({ input }) => input);
  }

  private ending<Client extends { send: any }>(client: Client): Client {
    client.send = (command: { constructor: { name: string }; input: any }) => this.answer(command);
    return client;
  }

  private async answer(command: { constructor: { name: string }; input: any }): Promise<unknown> {
    const name = command.constructor.name.replace(/Command$/, '');
    this.calls.push({ name, input: command.input });
    const answer = this.answers[name] ?? this.table[name];
    if (!answer) throw new Error(`nobody expected ${name}`);
    return answer(command.input);
  }

  private readonly table: Answers = {
    GetItem: () => ({ Item: this.item }),
    PutItem: ({ Item, ExpressionAttributeValues }) => {
      const seen = ExpressionAttributeValues[':revision'].N;
      if (this.item && this.item.revision.N !== seen) throw serviceError('ConditionalCheckFailedException');
      this.item = Item;
    },
  };
}

/** A policy as the constructs write it. */
export function awsPolicy(overrides: Partial<AwsPolicy> = {}, serving: Partial<AwsPolicy['serving']> = {}): AwsPolicy {
  return {
    format: 1,
    mode: 'realtime',
    scaling: { minInstances: 2, maxInstances: 4, invocationsPerInstance: 1000 },
    rollout: { strategy: 'canary', percent: 50, bakeMinutes: 10 },
    alarms: { p95LatencyMs: 500, errorRatePercent: 1 },
    automatic: true,
    requireBaseline: false,
    tags: { team: 'ml' },
    modelPackageGroup: 'churn',
    topicArn: 'arn:aws:sns:eu-west-1:111122223333:topic',
    ...overrides,
    serving: {
      instanceType: 'ml.m5.large',
      environment: {},
      roleArn: 'arn:aws:iam::111122223333:role/model',
      encryptionKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1',
      encryptVolume: true,
      networkIsolation: false,
      ...serving,
    },
  };
}
