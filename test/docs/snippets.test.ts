import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import * as library from '../../lib';
import * as google from '../../lib/google';
import { writeDataManifest } from '../../lib/runtime/aws/data-manifest';
import { run, scratch } from '../bin/harness';
import { schemaProblems, synthesizeStack } from '../google/judges';
import { resourcesOf } from '../../lib/google/diff/terraform';
import { FakeS3 } from '../runtime/fake-s3';
import { blocks, page, ROOT } from './pages';

/** What pages on AWS take as given, and its type. */
const GIVEN = {
  stack: "import('aws-cdk-lib').Stack",
  bucket: "import('aws-cdk-lib/aws-s3').Bucket",
  vpc: "import('aws-cdk-lib/aws-ec2').IVpc",
  encryptionKey: "import('aws-cdk-lib/aws-kms').Key",
  topic: "import('aws-cdk-lib/aws-sns').Topic",
  onCall: "import('aws-cdk-lib/aws-sns').Topic",
  analyst: "import('aws-cdk-lib/aws-iam').Role",
  application: "import('aws-cdk-lib/aws-iam').Role",
  ingestion: "import('aws-cdk-lib/aws-iam').Role",
  announce: "import('aws-cdk-lib/aws-lambda').Function",
  targets: "typeof import('aws-cdk-lib/aws-events-targets')",
};

/** What the page on Google Cloud takes as given. */
const GIVEN_ON_GOOGLE = { stack: "import('cdktf').TerraformStack" };

/** The TypeScript of a page as one module. */
const program = (name: string) =>
  blocks(page(name))
    .filter(({ language }) => language === 'ts')
    .map(({ text }) => text)
    .join('\n');

/** How the library is compiled, for modules that import it by its names. */
const OPTIONS: ts.CompilerOptions = (() => {
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ compilerOptions: config.compilerOptions }, ts.sys, ROOT);
  const at = (file: string) => [path.join(ROOT, file)];
  const paths = {
    'cdk-mlops': at('lib/index.ts'),
    'cdk-mlops/google': at('lib/google/index.ts'),
    'aws-cdk-lib': at('node_modules/aws-cdk-lib/core/index.d.ts'), // not hundreds of services that nobody imports
  };
  return { ...options, paths, noEmit: true, incremental: false, tsBuildInfoFile: undefined, noUnusedLocals: false };
})();

/** Files of the library and its packages, read once for all programs: reading takes far longer than checking a page. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/** What the compiler says of modules that import the library: `<file>(<line>): <message>`. */
function compilerErrors(modules: Readonly<Record<string, string>>, types: Readonly<Record<string, string>>): string[] {
  const given = Object.entries(types).map(([name, type]) => `declare const ${name}: ${type};`);
  const files = new Map(
    Object.entries({ ...modules, 'given.d.ts': given.join('\n') }).map(([name, text]) => [path.join(ROOT, name), text]),
  );
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.readFile = (file) => files.get(file) ?? readFile(file);
  host.getSourceFile = (file, languageVersion) => {
    if (files.has(file)) return ts.createSourceFile(file, files.get(file)!, languageVersion);
    if (!parsed.has(file)) parsed.set(file, getSourceFile.call(host, file, languageVersion));
    return parsed.get(file);
  };
  const compiled = ts.createProgram([...files.keys()], OPTIONS, host);
  return [...files.keys()]
    .map((file) => compiled.getSourceFile(file)!)
    .flatMap((source) => [...compiled.getSyntacticDiagnostics(source), ...compiled.getSemanticDiagnostics(source)])
    .map(({ file, start = 0, messageText }) => {
      const { line } = file!.getLineAndCharacterOfPosition(start);
      return `${path.basename(file!.fileName)}(${line + 1}): ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
}

/** Values for what pages take as given. */
function givenValues(stack: Stack): Record<keyof typeof GIVEN, unknown> {
  const encryptionKey = new kms.Key(stack, 'GivenKey');
  const role = (id: string) => new iam.Role(stack, id, { assumedBy: new iam.AccountRootPrincipal() });
  const topic = new sns.Topic(stack, 'GivenTopic');
  return {
    stack,
    encryptionKey,
    topic,
    onCall: topic,
    bucket: new s3.Bucket(stack, 'GivenBucket', { encryptionKey }),
    vpc: new ec2.Vpc(stack, 'GivenVpc'),
    analyst: role('Analyst'),
    application: role('Application'),
    ingestion: role('Ingestion'),
    announce: new lambda.Function(stack, 'Announce', {
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: lambda.Code.fromInline('exports.handler = async () => {}'),
    }),
    targets: require('aws-cdk-lib/aws-events-targets'),
  };
}

/** Runs a page's module in a folder. */
function execute(code: string, folder: string, values: Readonly<Record<string, unknown>>): void {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
  });
  const packages: Record<string, unknown> = { 'cdk-mlops': library, 'cdk-mlops/google': google };
  const load = (name: string) => packages[name] ?? require(name);
  const before = process.cwd();
  process.chdir(folder);
  try {
    new Function('require', 'exports', ...Object.keys(values), `{ ${outputText} }`)(load, {}, ...Object.values(values));
  } finally {
    process.chdir(before);
  }
}

/** A folder with what `init` writes, and with what else the config needs on Google Cloud. */
async function project(): Promise<string> {
  const folder = scratch();
  await run('init', folder);
  const [settings] = blocks(page('docs/getting-started.md')).filter(({ tags }) => tags.file === 'google.yaml');
  writeFileSync(path.join(folder, 'google.yaml'), settings.text);
  return folder;
}

describe('the TypeScript of the pages', () => {
  test('compiles, and a key that does not exist would be found', () => {
    const modules = { 'constructs.ts': program('docs/constructs.md'), 'readme.ts': program('README.md') };
    for (const [name, text] of Object.entries(modules)) expect(text, name).toContain("'cdk-mlops'");
    const wrong = "import { MlopsPipeline } from 'cdk-mlops';\nnew MlopsPipeline(stack, 'X', { confg: 1 });\n";
    expect(compilerErrors({ ...modules, 'wrong.ts': wrong }, GIVEN)).toEqual([
      expect.stringMatching(/^wrong\.ts\(2\): .*confg/s),
    ]);
  });

  test('of the pages on Google Cloud compiles, and a key that does not exist would be found', () => {
    const wrong = "import { MlopsPipeline } from 'cdk-mlops/google';\nnew MlopsPipeline(stack, 'X', { confg: 1 });\n";
    const modules = { 'google.ts': program('docs/google.md'), 'serving.ts': program('docs/google-serving.md') };
    expect(compilerErrors({ ...modules, 'wrong.ts': wrong }, GIVEN_ON_GOOGLE)).toEqual([
      expect.stringMatching(/^wrong\.ts\(2\): .*confg/s),
    ]);
  });

  test('of google.md synthesizes what it speaks of', async () => {
    const code = program('docs/google.md');
    const folder = await project();
    const document = synthesizeStack((stack) => execute(code, folder, { stack }));
    expect(schemaProblems(document)).toEqual([]);
    const count = (type: string) => resourcesOf(document).filter((placed) => placed.type === type).length;
    expect(count('google_workflows_workflow')).toBe(2); // a training, and the deployer of the one at level 0
    expect(count('google_vertex_ai_feature_group')).toBe(1);
    expect(count('google_logging_project_sink')).toBe(3);
    expect(count('google_eventarc_trigger')).toBe(2);
    expect(count('google_monitoring_dashboard')).toBe(2);
    const workflows = Object.values<any>(document.resource!.google_workflows_workflow);
    expect(workflows.find(({ name }) => name === 'fraud').labels).toEqual({ team: 'fraud' });
  });

  test('of google-serving.md synthesizes what it speaks of', () => {
    const document = synthesizeStack((stack) => execute(program('docs/google-serving.md'), scratch(), { stack }));
    expect(schemaProblems(document)).toEqual([]);
    const count = (type: string) => resourcesOf(document).filter((placed) => placed.type === type).length;
    expect(count('google_vertex_ai_endpoint')).toBe(1);
    expect(count('google_workflows_workflow')).toBe(3); // a deployer, two monitors
    expect(count('google_pubsub_subscription')).toBe(2);
    expect(count('google_bigquery_table')).toBe(8);
  });

  test("of the README's Google Cloud app synthesizes", async () => {
    const [app] = blocks(page('README.md')).filter(({ text }) => text.includes("'cdk-mlops/google'"));
    const folder = await project();
    execute(app.text, folder, {});
    const document = JSON.parse(readFileSync(path.join(folder, 'cdktf.out/stacks/churn/cdk.tf.json'), 'utf8'));
    expect(schemaProblems(document)).toEqual([]);
    expect(document.terraform.backend.gcs.bucket).toBe('acme-terraform-state');
    expect(Object.keys(document.resource)).toContain('google_storage_bucket');
  });

  test('of constructs.md synthesizes what it speaks of', async () => {
    const stack = new Stack(new App(), 'Stack');
    execute(program('docs/constructs.md'), await project(), givenValues(stack));
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::SageMaker::Pipeline', {
      PipelineName: 'fraud',
      ParallelismConfiguration: { MaxParallelExecutionSteps: 2 },
    });
    template.resourceCountIs('AWS::SageMaker::FeatureGroup', 1);
    template.resourceCountIs('AWS::SageMaker::ModelPackageGroup', 3);
    template.resourceCountIs('AWS::Events::Rule', 9); // three of them of endpoints, two of monitors
    template.resourceCountIs('Custom::MlopsModelEndpoint', 3);
    template.resourceCountIs('AWS::StepFunctions::StateMachine', 3); // the shared deployer, one of its own, the analyzer
    const reports = JSON.stringify(template.findResources('AWS::Events::Rule'));
    for (const monitor of ['drift/fraud', 'drift/fares']) expect(reports).toContain(monitor);
    const [risk] = Object.values(
      template.findResources('Custom::MlopsModelEndpoint', { Properties: { EndpointName: 'risk' } }),
    );
    expect(JSON.stringify(risk)).toContain('cost-center');
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 2);
  });
});

describe('the lineage documents of constructs.md', () => {
  const sample = (tag: string) =>
    JSON.parse(blocks(page('docs/constructs.md')).find(({ tags }) => tag in tags)!.text) as Record<string, any>;

  test('have the keys that an execution writes', async () => {
    const object = { Key: 'data/a.csv', ETag: '"e"', Size: 1 };
    const s3Client = new FakeS3({ data: [object] });
    const location = 's3://data/data/';
    const request = {
      executionId: 'id',
      trainingData: location,
      validationData: location,
      testData: location,
      codeVersion: 'v',
      codeUri: 'u',
      image: 'i',
      hyperparameters: '{"max_depth":6}',
    };
    const environment = { ARTIFACT_BUCKET: 'out', ARTIFACT_PREFIX: 'manifests/' };
    await writeDataManifest(s3Client.client, environment, request, () => 600_000);
    const written = (name: string) => s3Client.written.get(`out/manifests/id/${name}`)!;
    expect(Object.keys(sample('manifest'))).toEqual(Object.keys(JSON.parse(written('manifest.jsonl').split('\n')[0])));
    const shape = (value: any): any =>
      typeof value === 'object'
        ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, shape(v)]))
        : typeof value;
    expect(shape(sample('lineage'))).toEqual(shape(JSON.parse(written('lineage.json'))));
  });
});
