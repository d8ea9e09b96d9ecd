import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { packTrainingSource } from '../../config/training-source';
import type { PackedSource, TrainingSourceOptions } from '../../config/training-source';
import { ConstructError } from '../errors';
import { packageRoot } from '../../config/package-root';

/** Program that the training job starts; it runs the training script and lays the source beside the model. */
export const TRAINING_PROGRAM = 'cdk_mlops_train.py';

/** What a source archive's name ends in. */
export const SOURCE_EXTENSION = '.tgz';

/** The scripts as one archive, named by what is in it. */
export class TrainingSource {
  /** SHA-256 over paths and contents, hexadecimal. */
  public readonly codeVersion: string;
  public readonly asset: assets.Asset;
  /** File name of the archive. */
  public readonly fileName: string;

  constructor(scope: Construct, id: string, props: Omit<TrainingSourceOptions, 'programs'>) {
    const { codeVersion, archive } = pack(scope, props);
    this.codeVersion = codeVersion;
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk-mlops-'));
    try {
      const file = path.join(folder, `source${SOURCE_EXTENSION}`);
      fs.writeFileSync(file, archive);
      this.asset = new assets.Asset(scope, id, { path: file, assetHash: codeVersion, displayName: 'Training source' });
    } finally {
      fs.rmSync(folder, { recursive: true }); // the asset is staged by now
    }
    this.fileName = `${this.asset.assetHash}${SOURCE_EXTENSION}`;
  }
}

function pack(scope: Construct, props: Omit<TrainingSourceOptions, 'programs'>): PackedSource {
  const program = fs.readFileSync(path.join(packageRoot(), 'dist/runtime/training', TRAINING_PROGRAM));
  try {
    return packTrainingSource({ ...props, programs: { [TRAINING_PROGRAM]: program } });
  } catch (error) {
    throw new ConstructError(scope, (error as Error).message);
  }
}
