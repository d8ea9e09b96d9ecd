import { Stack } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { App } from 'aws-cdk-lib';
import { MlopsPipeline } from 'cdk-mlops';
import type { MlopsConfig } from 'cdk-mlops';
import { GoogleProvider, MlopsPipeline as GoogleMlopsPipeline } from 'cdk-mlops/google';
import type { App as TerraformApp } from 'cdktf';
import { GcsBackend, TerraformOutput, TerraformStack } from 'cdktf';

/** The model on SageMaker, beside a topic that stands already. */
export class OnAws extends Stack {
  public readonly mlops: MlopsPipeline;

  constructor(app: App, id: string, config: MlopsConfig) {
    super(app, id);
    const topic = sns.Topic.fromTopicArn(this, 'OnCall', this.formatArn({ service: 'sns', resource: 'ml-oncall' }));
    this.mlops = new MlopsPipeline(this, 'Mlops', { config, topic });
  }
}

/** What the Google side of the company has already. */
export interface OnGoogleProps {
  readonly config: MlopsConfig;
  /** Bucket that keeps Terraform's state. */
  readonly stateBucket: string;
  /** `projects/NUMBER/global/networks/NAME`, peered with Vertex AI. */
  readonly network: string;
  /** `projects/PROJECT/notificationChannels/ID`. */
  readonly onCallChannel: string;
}

/** The same model on Vertex AI, in a network and with a channel that stand already. */
export class OnGoogle extends TerraformStack {
  public readonly mlops: GoogleMlopsPipeline;

  constructor(app: TerraformApp, id: string, props: OnGoogleProps) {
    super(app, id);
    const { config, network, onCallChannel } = props;
    new GcsBackend(this, { bucket: props.stateBucket, prefix: id });
    new GoogleProvider(this, 'Google', { project: config.google?.project, region: config.google?.region });
    this.mlops = new GoogleMlopsPipeline(this, 'Mlops', { config, network, notificationChannels: [onCallChannel] });
    // Whoever writes features needs the table's name.
    for (const group of this.mlops.featureGroups) {
      new TerraformOutput(this, `${group.node.id}-table`, { value: group.tableName });
    }
  }
}
