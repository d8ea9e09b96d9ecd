import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { App as TerraformApp } from 'cdktf';
import { describe, expect, test } from 'vitest';
import { OnAws, OnGoogle } from '../../examples/two-clouds/stacks';
import { Config } from '../../lib/config/load';
import { schemaProblems } from '../google/judges';

const EXAMPLES = path.resolve(__dirname, '../../examples');
const CHANNEL = 'projects/acme-ml/notificationChannels/1234567890';
const NETWORK = 'projects/123456789012/global/networks/ml';

describe('examples/two-clouds', () => {
  const config = Config.fromFiles(`${EXAMPLES}/flight-delay/mlops.yaml`, `${EXAMPLES}/two-clouds/level.yaml`);
  const aws = new OnAws(new App({ analyticsReporting: false }), 'flight-delay', config);
  const outdir = mkdtempSync(path.join(tmpdir(), 'cdk-mlops-two-clouds-'));
  const terraform = new TerraformApp({ outdir });
  const google = new OnGoogle(terraform, 'flight-delay', {
    config,
    stateBucket: 'acme-state',
    network: NETWORK,
    onCallChannel: CHANNEL,
  });
  terraform.synth();
  const document = JSON.parse(readFileSync(path.join(outdir, 'stacks/flight-delay/cdk.tf.json'), 'utf8'));

  test('both sides have the same parts under the same names', () => {
    const parts = ({ node }: { node: { children: { node: { id: string } }[] } }) =>
      node.children.map((child) => child.node.id).filter((id) => id !== 'Key');
    const both = ['Artifacts', 'Registry', 'FeatureStore', 'Training', 'Endpoint', 'Monitor', 'Dashboard'];
    expect(parts(google.mlops)).toEqual(expect.arrayContaining(both));
    expect(parts(aws.mlops)).toEqual(expect.arrayContaining(both));
    expect(google.mlops.featureGroups.map(({ node }) => node.id)).toEqual(
      aws.mlops.featureGroups.map(({ node }) => node.id),
    );
  });

  test('the Google side is what the provider takes', () => {
    expect(schemaProblems(document)).toEqual([]);
  });

  test('what stands already is used: network, channel, state bucket', () => {
    const workflows = Object.values<any>(document.resource.google_workflows_workflow);
    const training = workflows.find(({ name }) => name === 'flight-delay');
    expect(training.user_env_vars.NETWORK).toBe(NETWORK);
    for (const policy of Object.values<any>(document.resource.google_monitoring_alert_policy)) {
      expect(policy.notification_channels).toContain(CHANNEL);
    }
    expect(document.terraform.backend.gcs).toEqual({ bucket: 'acme-state', prefix: 'flight-delay' });
    expect(Object.keys(document.output)).toHaveLength(2);
  });
});
