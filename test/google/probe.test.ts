import { test } from 'vitest';
import { App, TerraformStack, TerraformVariable, TerraformOutput, Fn } from 'cdktf';
import { Construct } from 'constructs';
import { mkdtempSync, readFileSync } from 'node:fs';
import { fullConfig, smallConfig, SOURCE } from './configs';
import { schemaProblems } from './judges';
import { GoogleProvider } from '../../lib/google/l1/google-resource';
import { MlopsPipeline } from '../../lib/google/mlops-pipeline';
import { TrainingPipeline } from '../../lib/google/training-pipeline';
import { ModelRegistry } from '../../lib/google/model-registry';
import { EncryptionKey } from '../../lib/google/encryption-key';
import { ArtifactStore } from '../../lib/google/artifact-store';
import { ServiceAccount } from '../../lib/google/service-account';
import { resourcesOf } from '../../lib/google/diff/terraform';

function run(name: string, build: (app: App, stack: TerraformStack) => void, show?: (d: any, all: any) => unknown) {
  try {
    const outdir = mkdtempSync('/tmp/helperT/out-');
    const app = new App({ outdir, stackTraces: false } as any);
    const stack = new TerraformStack(app, 'Stack');
    new GoogleProvider(stack, 'Google');
    build(app, stack);
    app.synth();
    const docs = Object.fromEntries(
      app.node.findAll().filter((n) => n instanceof TerraformStack).map((s) => [s.node.id, JSON.parse(readFileSync(`${outdir}/stacks/${s.node.id}/cdk.tf.json`, 'utf8'))]),
    );
    console.log(name, Object.entries(docs).map(([k, d]) => [k, resourcesOf(d as any).length, schemaProblems(d as any).slice(0, 4)]), show ? JSON.stringify(show(docs.Stack, docs), null, 1) : '');
  } catch (e) {
    console.log(name, 'THROWS', (e as Error).constructor.name, (e as Error).message.slice(0, 700));
  }
}
const P = (scope: Construct, config: any = fullConfig(), refs: any = {}) => new MlopsPipeline(scope, 'Pipeline', { config, ...refs });
const withData = (training: string, extra: any = {}) => { const { split, ...d } = fullConfig().data as any; return fullConfig({ data: { ...d, split, training, ...extra } }); };
const cond = (d: any) => resourcesOf(d).filter((r) => r.type === 'google_storage_bucket_iam_member').map((r) => [r.block.bucket, r.block.condition?.expression]);

test('x', () => {
  run('bq token', (_a, s) => { const v = new TerraformVariable(s, 'v', {}); P(s, withData(`bq://${v.stringValue}.dataset.table`)); }, (d) => resourcesOf(d).filter((r) => r.type === 'google_bigquery_table_iam_member').map((r) => r.block));
  run('bq token table', (_a, s) => { const v = new TerraformVariable(s, 'v', {}); P(s, withData(`bq://acme-ml.flights.${v.stringValue}`)); }, (d) => resourcesOf(d).filter((r) => r.type === 'google_bigquery_table_iam_member').map((r) => r.block));
  run('gs token', (_a, s) => { const v = new TerraformVariable(s, 'v', {}); P(s, withData(`gs://${v.stringValue}/train/`)); }, cond);
  run('whole token', (_a, s) => { const v = new TerraformVariable(s, 'v', {}); P(s, withData(v.stringValue)); }, cond);
  run('gs quote', (_a, s) => P(s, withData('gs://acme/a"b/')), cond);
  run('gs interp', (_a, s) => P(s, withData('gs://acme/${x}/%{if}/')), cond);
  run('gs backslash', (_a, s) => P(s, withData('gs://acme/a\\b/')), cond);
  run('no prefix', (_a, s) => P(s, withData('gs://acme')), cond);
  run('feature constructor', (_a, s) => { const c: any = structuredClone(fullConfig()); c.featureStore.groups[0].features.push({ name: 'constructor', type: 'float' }); P(s, c); });
  run('registry elsewhere', (_a, s) => P(s, fullConfig(), { registry: ModelRegistry.fromModelId(s, 'R', { modelId: 'shared', project: 'other-ml', region: 'us-central1' }) }));
  run('registries a-b a_b', (_a, s) => { for (const modelId of ['a-b', 'a_b']) new ModelRegistry(s, modelId, { modelId, project: 'acme-ml', region: 'europe-west4', encryptionKey: EncryptionKey.fromKeyName(s, 'k' + modelId, 'projects/p/locations/l/keyRings/r/cryptoKeys/k') }); }, (d) => resourcesOf(d).map((r) => r.block.name));
  run('short account', (_a, s) => { new ModelRegistry(s, 'R', { modelId: 'a', project: 'acme-ml', region: 'europe-west4' }).onApproval('On', { workflow: 'projects/p/locations/r/workflows/w' }); }, (d) => resourcesOf(d).filter((r) => r.type === 'google_service_account').map((r) => r.block.account_id));
  run('40 groups', (_a, s) => { const c: any = structuredClone(fullConfig()); c.featureStore.groups = Array.from({ length: 40 }, (_, i) => ({ ...c.featureStore.groups[0], name: `g${i}` })); P(s, c); }, (d) => JSON.parse((resourcesOf(d).find((r) => r.type === 'google_monitoring_dashboard') as any).block.dashboard_json.replaceAll('$${', '${')).mosaicLayout.tiles.length);
  run('60 mails', (_a, s) => P(s, fullConfig({ monitoring: { notify: Array.from({ length: 60 }, (_, i) => `p${i}@example.com`) } })), (d) => resourcesOf(d).filter((r) => r.type === 'google_monitoring_alert_policy').map((r) => r.block.notification_channels.length));
  run('mail interp', (_a, s) => P(s, fullConfig({ monitoring: { notify: ['${x}@example.com'] } })), (d) => resourcesOf(d).filter((r) => r.type === 'google_monitoring_notification_channel').map((r) => r.block));
  run('env interp', (_a, s) => { const c: any = structuredClone(fullConfig()); c.serving.environment = { A: '${path.module}%{x}' }; c.training.hyperparameters = { x: '${y}' }; P(s, c); });
  run('key of other project', (_a, s) => P(s, fullConfig(), { encryptionKey: new EncryptionKey(s, 'K', { name: 'ml', project: 'acme-kms', projectNumber: '999999999999', region: 'europe-west4' }) }), (d) => resourcesOf(d).filter((r) => r.type === 'google_kms_crypto_key_iam_member').map((r) => r.block.member));
  run('key of other region', (_a, s) => P(s, fullConfig(), { encryptionKey: EncryptionKey.fromKeyName(s, 'K', 'projects/p/locations/us-central1/keyRings/r/cryptoKeys/k') }));
  const platform = (app: App) => { const s = new TerraformStack(app, 'Platform'); new GoogleProvider(s, 'Google'); return s; };
  const AT = { project: 'acme-ml', region: 'europe-west4' };
  run('cross key', (a, s) => { const p = platform(a); P(s, fullConfig(), { encryptionKey: new EncryptionKey(p, 'K', { name: 'ml', ...AT }) }); }, (_d, all) => Object.keys(all));
  run('cross artifacts', (a, s) => { const p = platform(a); P(s, fullConfig(), { artifacts: new ArtifactStore(p, 'A', { name: 'ml', ...AT }), encryptionKey: EncryptionKey.fromKeyName(s, 'K', 'projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k') }); });
  run('cross registry', (a, s) => { const p = platform(a); P(s, fullConfig(), { registry: new ModelRegistry(p, 'A', { modelId: 'shared', ...AT }) }); });
  run('cross account', (a, s) => { const p = platform(a); P(s, fullConfig(), { serviceAccount: new ServiceAccount(p, 'A', { name: 'shared', role: 'jobs', project: 'acme-ml', description: 'x' }) }); });
  run('project token', (_a, s) => { const v = new TerraformVariable(s, 'v', {}); P(s, fullConfig({ google: { project: v.stringValue, region: 'europe-west4' } })); });
  run('google name', (_a, s) => P(s, fullConfig({ name: 'google-churn' })));
  run('import collides', (a, s) => { P(s); const p = platform(a); TrainingPipeline.fromTrainingPipelineAttributes(p, 'T', { pipelineName: 'churn', ...AT }).grantStart('user:a@example.com'); ModelRegistry.fromModelId(p, 'R', { modelId: 'churn', ...AT }).grantApprove('user:a@example.com'); }, (_d, all) => Object.entries(all).map(([k, d]: any) => [k, resourcesOf(d).filter((r) => r.type === 'google_project_iam_custom_role').map((r) => r.block.role_id)]));
  run('output', (_a, s) => { const p = P(s); new TerraformOutput(s, 'o', { value: p.trainingPipeline!.workflowName }); });
  void SOURCE; void Fn; void smallConfig;
});
