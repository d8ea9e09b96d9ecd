import { describe, expect, test } from 'vitest';
import * as google from '../../lib/google';
import type { TerraformDocument } from '../../lib/google/diff/terraform';
import type { TerraformStack } from '../../lib/google/engine';
import { diffStacks } from '../../lib/google/stack-diff';
import { JOB_RETRY, SERVICE_RETRY } from '../../lib/google/training/retries';
import { AT, synthesize } from '../google/blocks';
import { sample } from './cloud-samples';
import { declarationsIn } from './declarations';
import { page } from './pages';

const text = `${page('docs/google.md')}\n${page('docs/google-serving.md')}`;
const declared = declarationsIn('lib/google', 'lib/google/drift', 'lib/google/endpoint');

/** The part of the page below a heading of the second level. */
const section = (heading: string) => text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';

/** What is passed to a pipeline beside its config. */
type References = Omit<google.MlopsPipelineProps, 'config'>;

function pipelineWith(references: (stack: TerraformStack) => References = () => ({})): TerraformDocument {
  return synthesize((stack) => {
    new google.MlopsPipeline(stack, 'Pipeline', { config: sample('google'), ...references(stack) });
  });
}

describe('docs/google.md and docs/google-serving.md name', () => {
  test.each([
    ['MlopsPipeline', 'MlopsPipelineProps'],
    ['MlopsPipeline', 'MlopsPipeline'],
    ['TrainingPipeline', 'TrainingPipelineProps'],
    ['TrainingPipeline', 'TrainingPipeline'],
    ['TrainingPipeline', 'ITrainingPipeline'],
    ['MlopsDataset', 'MlopsDatasetProps'],
    ['MlopsDataset', 'MlopsDataset'],
    ['MlopsDataset', 'IMlopsDataset'],
    ['ModelEndpoint', 'ModelEndpointProps'],
    ['ModelEndpoint', 'ModelEndpoint'],
    ['ModelEndpoint', 'IModelEndpoint'],
    ['Deployer', 'DeployerProps'],
    ['Deployer', 'Deployer'],
    ['DriftMonitor', 'DriftMonitorProps'],
    ['DriftMonitor', 'DriftMonitor'],
    ['DriftMonitor', 'IDriftMonitor'],
    ['DriftMonitor', 'OnChangeOptions'],
    ['Baseline', 'Baseline'],
    ['ModelRegistry', 'ModelRegistryProps'],
    ['ModelRegistry', 'ModelRegistry'],
    ['ModelRegistry', 'IModelRegistry'],
    ['FeatureStore and FeatureGroup', 'FeatureStoreProps'],
    ['FeatureStore and FeatureGroup', 'FeatureGroupProps'],
    ['FeatureStore and FeatureGroup', 'FeatureGroup'],
    ['FeatureStore and FeatureGroup', 'IFeatureGroup'],
    ['EncryptionKey', 'EncryptionKeyProps'],
    ['EncryptionKey', 'EncryptionKey'],
    ['ArtifactStore', 'ArtifactStoreProps'],
    ['ArtifactStore', 'ArtifactStore'],
    ['ArtifactStore', 'IArtifactStore'],
    ['ServiceAccount', 'ServiceAccountProps'],
    ['ServiceAccount', 'ServiceAccount'],
    ['ServiceAccount', 'IServiceAccount'],
    ['Notifications', 'NotificationsProps'],
    ['Notifications', 'Notifications'],
    ['Notifications', 'FailureAlertProps'],
    ['Dashboard', 'DashboardProps'],
    ['Dashboard', 'Dashboard'],
  ])('in %s the members of %s', (heading, name) => {
    const members = declared(name).filter((member) => !member.startsWith('_')); // the library's own
    expect(members.length).toBeGreaterThan(0);
    expect(members.filter((member) => !new RegExp(`\\b${member}\\b`).test(section(heading)))).toEqual([]);
  });

  test('the steps of a pipeline, whether they are cached, and what is retried', () => {
    const { google_storage_bucket_object: objects } = pipelineWith().resource!;
    const definition = Object.values<any>(objects).find((object) => object['//'].metadata.path.endsWith('/Definition'));
    const { content } = definition;
    const { components, root } = JSON.parse(content.replaceAll('$${', '${'));
    const groups = [root, ...Object.values<any>(components)].map(({ dag }) => dag?.tasks ?? {});
    const tasks = groups.flatMap((tasks) => Object.entries<any>(tasks));
    const isStep = ({ componentRef }: any) => components[componentRef.name].dag === undefined;
    const rows = [...section('TrainingPipeline').matchAll(/^\| `([a-z-]+)` .*\| (\S.*?) +\| (\S.*?) +\|$/gm)];
    const described = rows.map(([, name, cached, retried]) => [name, cached.startsWith('yes'), retried]).sort();
    const steps = tasks
      .filter(([, task]) => isStep(task))
      .map(([name, task]) => [name, task.cachingOptions?.enableCache ?? false, retryOf(task)]);
    expect(described.filter(([name]) => name !== 'gate')).toEqual(steps.sort());
    const said = section('TrainingPipeline').replace(/\s+/g, ' ');
    const { maxRetryCount, backoffDuration } = SERVICE_RETRY;
    expect(said).toContain(
      `Service retries: ${maxRetryCount}, from ${Number.parseInt(backoffDuration)} seconds, doubling.`,
    );
    const minutes = Number.parseInt(JOB_RETRY.backoffDuration) / 60;
    expect(said).toContain(`Job retries: ${JOB_RETRY.maxRetryCount}, after ${minutes} minutes`);
    expect(SERVICE_RETRY.backoffFactor).toBe(2);
  });
});

function retryOf({ retryPolicy }: any): string {
  if (retryPolicy === undefined) return 'no';
  return retryPolicy.maxRetryCount === SERVICE_RETRY.maxRetryCount ? 'service' : 'job';
}

/** What can be passed to a pipeline later, by prop. */
const LATER: Readonly<Record<string, (stack: TerraformStack) => References>> = {
  encryptionKey: (stack) => ({
    encryptionKey: google.EncryptionKey.fromKeyName(
      stack,
      'Other',
      'projects/acme-keys/locations/europe-west4/keyRings/ml/cryptoKeys/ml',
    ),
  }),
  artifacts: (stack) => ({ artifacts: google.ArtifactStore.fromBucketName(stack, 'Other', 'other') }),
  serviceAccount: (stack) => {
    const account = { email: 'jobs@acme-ml.iam.gserviceaccount.com', project: 'acme-ml' };
    return { serviceAccount: google.ServiceAccount.fromServiceAccountAttributes(stack, 'Other', account) };
  },
  notificationChannels: () => ({ notificationChannels: ['projects/acme-ml/notificationChannels/1'] }),
  registry: (stack) => ({ registry: google.ModelRegistry.fromModelId(stack, 'Other', { ...AT, modelId: 'other' }) }),
  featureGroups: (stack) => {
    const attributes = { ...AT, featureGroupId: 'other', dataset: 'other', table: 'other' };
    return {
      featureGroups: { customers: google.FeatureGroup.fromFeatureGroupAttributes(stack, 'Other', attributes) },
    };
  },
  servingServiceAccount: (stack) => {
    const account = { email: 'models@acme-ml.iam.gserviceaccount.com', project: 'acme-ml' };
    return { servingServiceAccount: google.ServiceAccount.fromServiceAccountAttributes(stack, 'Other', account) };
  },
  network: () => ({ network: 'projects/123456789012/global/networks/ml' }),
};

describe('docs/google.md says truly what passing a prop later does', () => {
  const before = pipelineWith();
  const effects = new Map(
    [...section('MlopsPipeline').matchAll(/^\| `(\w+)`.*\| (.*?) +\|$/gm)].map(([, prop, effect]) => [prop, effect]),
  );

  test.each(Object.keys(LATER))('%s', (prop) => {
    const after = pipelineWith(LATER[prop]);
    const lost = diffStacks({ Stack: before }, { Stack: after }).filter(
      ({ kind, stateful }) => stateful && kind !== 'updated' && kind !== 'added',
    );
    const said = effects.get(prop)!;
    if (said === 'deletes the created one') expect(lost.map(({ kind }) => kind)).toContain('removed');
    else expect([/^(in place|rolls)/.test(said), lost]).toEqual([true, []]);
  });
});

describe('the pages say what the programs on Google Cloud may do', () => {
  const roles = Object.values<any>(pipelineWith().resource!.google_project_iam_custom_role);

  test.each([
    ['docs/deployer.md', /: its deployer$/, /batchPredictionJobs/],
    ['docs/drift.md', /: its drift monitor$/, /^$/],
  ])('%s', (name, title, inBatchMode) => {
    const [part] = page(name).match(/exactly these permissions: [\s\S]*?\.\s|exactly these permissions: [^;]*/)!;
    const said = [...part.matchAll(/`([a-z]+\.[A-Za-z]+\.[a-z]+)`/g)].map(([, permission]) => permission);
    const { permissions } = roles.find((role) => title.test(role.title));
    expect(said.filter((permission) => !inBatchMode.test(permission)).sort()).toEqual([...permissions].sort());
  });
});
