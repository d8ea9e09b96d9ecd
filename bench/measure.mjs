// One measurement in a process of its own; prints milliseconds. `run.mjs` alternates these and compares.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const require = createRequire(path.join(root, 'package.json'));
const [what, ...args] = process.argv.slice(2);

const milliseconds = (work) => {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e6;
};

/** The CDK classes that the constructs are made of. CDK loads a class when it is first named, so each is named here. */
function loadCdk() {
  const cdk = require('aws-cdk-lib');
  return [
    cdk.Stack,
    cdk.Resource,
    cdk.aws_cloudwatch.Alarm,
    cdk.aws_cloudwatch.Dashboard,
    cdk.aws_cloudwatch_actions.SnsAction,
    cdk.aws_ec2.SecurityGroup,
    cdk.aws_events.Rule,
    cdk.aws_iam.Role,
    cdk.aws_kms.Key,
    cdk.aws_lambda.Function,
    cdk.aws_logs.LogGroup,
    cdk.aws_s3.Bucket,
    cdk.aws_s3_assets.Asset,
    cdk.aws_sagemaker.CfnPipeline,
    cdk.aws_scheduler.Schedule,
    cdk.aws_scheduler_targets.SageMakerStartPipelineExecution,
    cdk.aws_sns.Topic,
    cdk.aws_sns_subscriptions.EmailSubscription,
    cdk.aws_sqs.Queue,
  ];
}

/** The library on top: everything that it exports. */
function loadLibrary() {
  return [...loadCdk(), ...Object.values(require('cdk-mlops'))];
}

/** The example's config, as an app that is written in code has it. */
function exampleConfig() {
  const { parse } = require('yaml');
  const example = parse(readFileSync(path.join(root, 'examples/flight-delay/mlops.yaml'), 'utf8'));
  example.training.source = path.join(root, 'examples/flight-delay/training');
  return { ...example, level: 2 };
}

const config = what === 'synth' || what === 'resources' ? exampleConfig() : undefined;

/** `count` stacks with one level 2 pipeline each. */
function pipelines(app, count) {
  const { Stack } = require('aws-cdk-lib');
  const { MlopsPipeline } = require('cdk-mlops');
  for (let index = 0; index < count; index += 1) {
    new MlopsPipeline(new Stack(app, `Stack${index}`), 'Pipeline', { config: { ...config, name: `model-${index}` } });
  }
}

/** The same resources and assets, written down as bare L1s. */
function bareResources(app, count, { template, assets }) {
  const { CfnMapping, CfnResource, Stack } = require('aws-cdk-lib');
  const { Asset } = require('aws-cdk-lib/aws-s3-assets');
  for (let index = 0; index < count; index += 1) {
    const stack = new Stack(app, `Stack${index}`);
    for (const [id, mapping] of Object.entries(template.Mappings)) new CfnMapping(stack, id, { mapping });
    for (const [id, resource] of Object.entries(template.Resources)) {
      if (resource.Type === 'AWS::CDK::Metadata') continue;
      new CfnResource(stack, id, { type: resource.Type, properties: resource.Properties });
    }
    assets.forEach((file, number) => new Asset(stack, `Asset${number}`, { path: file }));
  }
}

/** Template and assets of one pipeline, for the bare app. */
function material() {
  const { App } = require('aws-cdk-lib');
  const outdir = mkdtempSync(path.join(os.tmpdir(), 'bench-'));
  const app = new App({ outdir });
  pipelines(app, 1);
  const assembly = app.synth();
  const manifest = JSON.parse(readFileSync(path.join(outdir, 'Stack0.assets.json'), 'utf8'));
  const files = Object.values(manifest.files).map(({ source }) => source.path);
  const assets = files.filter((file) => !file.endsWith('.template.json')).map((file) => path.join(outdir, file));
  return { outdir, template: assembly.getStackByName('Stack0').template, assets };
}

/** Synthesizes `count` stacks twice, the first time unmeasured: what a process loads once is not what a pipeline costs. */
function synth(kind, count) {
  const { App } = require('aws-cdk-lib');
  const given = material();
  const folders = [given.outdir];
  const once = (stacks) => {
    const outdir = mkdtempSync(path.join(os.tmpdir(), 'bench-'));
    folders.push(outdir);
    const app = new App({ outdir });
    if (kind === 'pipelines') pipelines(app, stacks);
    else bareResources(app, stacks, given);
    app.synth();
  };
  once(1);
  const time = milliseconds(() => once(count));
  folders.forEach((folder) => rmSync(folder, { recursive: true, force: true }));
  return time;
}

const measurements = {
  'import-library': () => milliseconds(loadLibrary),
  'import-cdk': () => milliseconds(loadCdk),
  synth: () => synth(args[0], Number(args[1])),
  resources: () => {
    const { outdir, template } = material();
    rmSync(outdir, { recursive: true, force: true });
    return JSON.stringify(Object.values(template.Resources).map(({ Type }) => Type));
  },
};

console.log(measurements[what]());
