import { test } from 'vitest';
import { App, TerraformStack } from 'cdktf';
import { mkdtempSync, readFileSync } from 'node:fs';
import { fullConfig } from './configs';
import { GoogleProvider } from '../../lib/google/l1/google-resource';
import { MlopsPipeline } from '../../lib/google/mlops-pipeline';
import { EncryptionKey } from '../../lib/google/encryption-key';
test('x', () => {
    const outdir = mkdtempSync('/tmp/helperT/out-');
    const app = new App({ outdir, stackTraces: false } as any);
    const stack = new TerraformStack(app, 'Stack');
    new GoogleProvider(stack, 'Google');
    const p = new TerraformStack(app, 'Platform'); new GoogleProvider(p, 'Google');
    new MlopsPipeline(stack, 'Pipeline', { config: fullConfig(), encryptionKey: new EncryptionKey(p, 'K', { name: 'ml', project: 'acme-ml', region: 'europe-west4' }) });
    app.synth();
    const d = JSON.parse(readFileSync(`${outdir}/stacks/Stack/cdk.tf.json`, 'utf8'));
    console.log(JSON.stringify(d.resource.google_storage_bucket, null, 1), JSON.stringify(d.data), JSON.stringify(d.output), JSON.stringify(JSON.parse(readFileSync(`${outdir}/stacks/Platform/cdk.tf.json`, 'utf8')).output));
});
