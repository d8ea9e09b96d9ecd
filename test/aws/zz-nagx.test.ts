import { test } from 'vitest';
import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { MlopsPipeline } from '/work/main/lib/aws/mlops-pipeline';
import { Template } from 'aws-cdk-lib/assertions';
import { loadFiles } from '/work/main/lib/config/files';
test('x', () => {
  for (let i = 0; i < 3; i++) {
  let t0 = Date.now();
  const lap = (n: string) => { console.log(i, n, Date.now() - t0); t0 = Date.now(); };
  const config: any = { ...loadFiles(['/work/main/examples/flight-delay/mlops.yaml']), level: 2 };
  const app = new App();
  const stack = new Stack(app, 'S');
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'V', { vpcId: 'vpc-1', availabilityZones: ['a', 'b'], privateSubnetIds: ['subnet-1', 'subnet-2'] });
  new MlopsPipeline(stack, 'P', { config, vpc });
  lap('build');
  app.synth({force: true});
  lap('synth');
  new AwsSolutionsChecks().validateScope(stack);
  lap('aws');
  new NIST80053R5Checks().validateScope(stack);
  lap('nist');
  Template.fromStack(stack);
  lap('template');
  }
});
