// One measurement in a process of its own; prints milliseconds. `run.mjs` alternates these and compares.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve('/work/main/bench', '..');
const require = createRequire(path.join(root, 'package.json'));
const [what, ...args] = process.argv.slice(2);

const milliseconds = (work) => { const s = process.cpuUsage(); work(); const u = process.cpuUsage(s); return (u.user+u.system)/1e3; };

/** The CDK classes that the constructs are made of, by module. CDK loads a class when it is first named. */
const CDK_CLASSES = {
  'aws-cdk-lib': ['Stack', 'Resource', 'CustomResource'],
  'aws-cdk-lib/aws-cloudwatch': ['Alarm', 'Dashboard'],
  'aws-cdk-lib/aws-cloudwatch-actions': ['SnsAction'],
  'aws-cdk-lib/aws-dynamodb': ['Table'],
  'aws-cdk-lib/aws-ec2': ['SecurityGroup'],
  'aws-cdk-lib/aws-events': ['Rule', 'CfnRule'],
  'aws-cdk-lib/aws-iam': ['Role'],
  'aws-cdk-lib/aws-kms': ['Key'],
  'aws-cdk-lib/aws-lambda': ['Function'],
  'aws-cdk-lib/aws-logs': ['LogGroup'],
  'aws-cdk-lib/aws-s3': ['Bucket'],
  'aws-cdk-lib/aws-s3-assets': ['Asset'],
  'aws-cdk-lib/aws-sagemaker': ['CfnPipeline'],
  'aws-cdk-lib/aws-scheduler': ['Schedule'],
  'aws-cdk-lib/aws-scheduler-targets': ['SageMakerStartPipelineExecution'],
  'aws-cdk-lib/aws-sns': ['Topic'],
  'aws-cdk-lib/aws-sns-subscriptions': ['EmailSubscription'],
  'aws-cdk-lib/aws-sqs': ['Queue'],
  'aws-cdk-lib/aws-stepfunctions': ['StateMachine'],
};

function loadCdk() {
  return Object.entries(CDK_CLASSES).flatMap(([module, names]) => names.map((name) => require(module)[name]));
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

/** The same resources and assets as bare L1s: CDK's own classes, made from the template that the pipeline gives. */
function bareResources(app, count, { templateFile, assets }) {
  const { Stack } = require('aws-cdk-lib');
  const { CfnInclude } = require('aws-cdk-lib/cloudformation-include');
  const { Asset } = require('aws-cdk-lib/aws-s3-assets');
  for (let index = 0; index < count; index += 1) {
    const stack = new Stack(app, `Stack${index}`);
    new CfnInclude(stack, 'Resources', { templateFile });
    assets.forEach((file, number) => new Asset(stack, `Asset${number}`, { path: file }));
  }
}

/** Template and assets of one pipeline, for the bare app. */
function material() {
  const { App } = require('aws-cdk-lib');
  const outdir = mkdtempSync(path.join(os.tmpdir(), 'bench-'));
  const app = new App({ outdir, analyticsReporting: false });
  pipelines(app, 1);
  const { template } = app.synth().getStackByName('Stack0');
  const templateFile = path.join(outdir, 'resources.json');
  writeFileSync(templateFile, JSON.stringify({ Mappings: template.Mappings, Resources: template.Resources }));
  const manifest = JSON.parse(readFileSync(path.join(outdir, 'Stack0.assets.json'), 'utf8'));
  const files = Object.values(manifest.files).map(({ source }) => source.path);
  const assets = files.filter((file) => !file.endsWith('.template.json')).map((file) => path.join(outdir, file));
  return { outdir, template, templateFile, assets };
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
