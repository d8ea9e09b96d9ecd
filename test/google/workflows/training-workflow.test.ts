import { expect, test } from 'vitest';
import { expressionsOf } from '../../../lib/google/workflows/expressions';
import { lintEnvironment, lintWorkflow } from '../../../lib/google/workflows/lint';
import { pollSeconds, trainingEnvironment } from '../../../lib/google/workflows/training-environment';
import { trainingWorkflow } from '../../../lib/google/workflows/training-workflow';
import { workflowSource } from '../../../lib/google/workflows/workflow';

const SETTINGS = {
  project: 'acme-ml',
  region: 'europe-west4',
  pipelineName: 'flight-delay',
  pipelineBucket: 'artifacts',
  pipelineObject: 'training/flight-delay/pipeline/ab12.json',
  pipelineRoot: 'gs://artifacts/training/flight-delay/executions/',
  serviceAccount: 'training@acme-ml.iam.gserviceaccount.com',
  modelId: 'flight-delay',
  automaticApproval: true,
  cacheDays: 30,
  timeoutSeconds: 3600,
};
const OPTIONAL = {
  kmsKey: 'projects/p/locations/l/keyRings/r/cryptoKeys/k',
  network: 'projects/1/global/networks/n',
  networkAttachment: 'projects/p/regions/r/networkAttachments/n',
  vertexUrl: 'http://127.0.0.1:1',
  storageUrl: 'http://127.0.0.1:2',
  executionsUrl: 'http://127.0.0.1:3',
  monitorWorkflow: 'projects/acme-ml/locations/europe-west4/workflows/flight-delay-drift',
};

/** Variables that the workflow reads: those it needs, and those that have a default. */
function variables() {
  const found = expressionsOf(trainingWorkflow()).flatMap((text) => [...text.matchAll(/sys\.get_env\("(\w+)"(,)?/g)]);
  const named = (wanted: boolean) => found.filter(([, , hasDefault]) => (hasDefault !== undefined) === wanted);
  return { needed: named(false).map(([, name]) => name), optional: named(true).map(([, name]) => name) };
}

test('the workflow is within the limits of the service', () => {
  expect(lintWorkflow(workflowSource(trainingWorkflow()))).toEqual([]);
});

test('the workflow uses REST calls with OAuth2 and no connectors', () => {
  const source = workflowSource(trainingWorkflow());
  const calls = [...source.matchAll(/"call": "([\w.]+)"/g)].map(([, name]) => name);
  expect(calls.filter((name) => name.startsWith('googleapis.'))).toEqual([]);
  expect(calls.filter((name) => name.startsWith('http.')).sort()).toEqual(['http.get', 'http.post']);
  expect(source.match(/"type": "OAuth2"/g)).toHaveLength(2);
});

test('the environment has what the workflow needs, and nothing that it does not read', () => {
  const { needed, optional } = variables();
  const least = Object.keys(trainingEnvironment(SETTINGS));
  const most = trainingEnvironment({ ...SETTINGS, ...OPTIONAL });
  const builtIn = ['GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID'];
  expect([...new Set(needed)].filter((name) => !least.includes(name))).toEqual(builtIn);
  expect(Object.keys(most).filter((name) => !needed.includes(name) && !optional.includes(name))).toEqual([]);
  expect(lintEnvironment(most)).toEqual([]);
});

test('what is not set is left out of the environment', () => {
  const environment = trainingEnvironment({ ...SETTINGS, kmsKey: OPTIONAL.kmsKey });
  expect(environment).toMatchObject({ KMS_KEY: OPTIONAL.kmsKey, AUTOMATIC_APPROVAL: 'true', CACHE_DAYS: '30' });
  expect(Object.keys(environment)).not.toContain('NETWORK');
  expect(Object.values(environment).every((value) => typeof value === 'string')).toBe(true);
});

test.each([
  [60, 30],
  [86_400, 30],
  [300_000, 30],
  [864_000, 87],
])('a time limit of %i seconds is watched every %i', (timeout, poll) => {
  expect(pollSeconds(timeout)).toBe(poll);
  expect(trainingEnvironment({ ...SETTINGS, timeoutSeconds: timeout }).POLL_SECONDS).toBe(`${poll}`);
});
