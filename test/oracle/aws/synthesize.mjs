// Synthesizes configs as an app of a user does, from the built package, and writes one cloud assembly for each:
//   node test/oracle/aws/synthesize.mjs '{"name": {"config": "mlops.json", "out": "DIR", "region": "eu-west-1", "vpc": true}}'
// It is for what the command line has no option for: a region, a VPC.
import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import library from 'cdk-mlops';

const METADATA = { 'aws:cdk:enable-path-metadata': true, 'aws:cdk:enable-asset-metadata': true };

/** A VPC without internet: public subnets and NAT gateways are no part of what is judged. */
function privateVpc(stack) {
  const subnetConfiguration = [{ name: 'Jobs', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }];
  return new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, subnetConfiguration, restrictDefaultSecurityGroup: false });
}

function synthesize(name, { config, out, region, vpc }) {
  const app = new App({ outdir: out, analyticsReporting: false, context: METADATA });
  const stack = new Stack(app, name, { env: region ? { account: '123456789012', region } : undefined });
  new library.MlopsPipeline(stack, 'Pipeline', {
    config: library.Config.fromFiles(config),
    vpc: vpc ? privateVpc(stack) : undefined,
    vpcSubnets: vpc ? { subnetType: ec2.SubnetType.PRIVATE_ISOLATED } : undefined,
  });
  app.synth();
}

for (const [name, variant] of Object.entries(JSON.parse(process.argv[2]))) {
  try {
    synthesize(name, variant);
  } catch (error) {
    console.error(`the synthesis of ${name} failed: ${error.stack}`);
    process.exitCode = 1;
  }
}
