import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';

/** What the names of the documents end in: the analyzer may read these among all assets. */
export const DOCUMENT_EXTENSION = '.drift';

/** A document for the analyzer, uploaded with the stack and named by what is in it. It holds no token. */
export function documentAsset(scope: Construct, id: string, displayName: string, content: string): assets.Asset {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk-mlops-'));
  try {
    const file = path.join(folder, `document${DOCUMENT_EXTENSION}`);
    fs.writeFileSync(file, content);
    const assetHash = createHash('sha256').update(content).digest('hex');
    return new assets.Asset(scope, id, { path: file, assetHash, displayName });
  } finally {
    fs.rmSync(folder, { recursive: true }); // the asset is staged by now
  }
}
