import * as path from 'node:path';
import { App } from 'aws-cdk-lib';
import { Config } from 'cdk-mlops';
import { App as TerraformApp } from 'cdktf';
import { OnAws, OnGoogle } from './stacks';

const config = Config.fromFiles(path.join(__dirname, '../flight-delay/mlops.yaml'), path.join(__dirname, 'level.yaml'));

const aws = new App({ outdir: 'cdk.out' });
new OnAws(aws, 'flight-delay', config);
aws.synth();

const google = new TerraformApp({ outdir: 'cdktf.out' });
new OnGoogle(google, 'flight-delay', {
  config,
  stateBucket: 'acme-terraform-state',
  network: 'projects/123456789012/global/networks/ml',
  onCallChannel: 'projects/acme-ml/notificationChannels/1234567890',
});
google.synth();
