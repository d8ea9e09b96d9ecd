import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Construct } from 'constructs';
import { packageRoot } from '../../config/package-root';
import { packTrainingSource } from '../../config/training-source';
import type { PackedSource, TrainingSourceOptions } from '../../config/training-source';
import { AssetType, TerraformAsset } from '../engine';
import { ConstructError } from '../errors';
import { GoogleResource } from '../l1/google-resource';

/** Programs of the library, each a zip that Python runs: one runs the steps, one answers requests from the model's own folder. */
const STEP_PROGRAM = 'cdk_mlops_step.pyz';
const SERVING_PROGRAM = 'cdk_mlops_serve.pyz';

/** Where the scripts are, and where they are uploaded to. */
export interface TrainingSourceProps extends Omit<TrainingSourceOptions, 'programs'> {
  readonly bucketName: string;
  /** Prefix of the uploaded objects, with a slash at its end. */
  readonly prefix: string;
}

/**
 * The scripts as one archive, and the program that runs them, each uploaded under the hash of what is in it. An upload is never taken
 * away: a training that runs while a new one is deployed keeps its own.
 */
export class TrainingSource extends Construct {
  /** SHA-256 over paths and contents, hexadecimal. */
  public readonly codeVersion: string;
  /** `gs://` address of the archive. */
  public readonly uri: string;
  /** Path of the step program where containers see the bucket. */
  public readonly programPath: string;

  constructor(scope: Construct, id: string, { bucketName, prefix, ...source }: TrainingSourceProps) {
    super(scope, id);
    const { codeVersion, archive } = pack(this, source);
    this.codeVersion = codeVersion;
    const archiveName = `${prefix}${codeVersion}.tgz`;
    this.upload('Archive', scratchFile(`${codeVersion}.tgz`, archive), codeVersion, {
      bucket: bucketName,
      name: archiveName,
      content_type: 'application/gzip',
    });
    const program = stepProgram();
    const programName = `${prefix}${program.hash}.pyz`;
    this.upload('Program', program.file, program.hash, {
      bucket: bucketName,
      name: programName,
      content_type: 'application/zip',
    });
    this.uri = `gs://${bucketName}/${archiveName}`;
    this.programPath = `/gcs/${bucketName}/${programName}`;
  }

  private upload(
    id: string,
    file: string,
    assetHash: string,
    object: { readonly bucket: string; readonly name: string; readonly content_type: string },
  ): void {
    const asset = new TerraformAsset(this, `${id}File`, { path: file, type: AssetType.FILE, assetHash });
    const source = asset.path;
    new GoogleResource(this, id, 'google_storage_bucket_object', { ...object, source, deletion_policy: 'ABANDON' });
  }
}

const programFile = (name: string) => path.join(packageRoot(), 'dist/runtime/google', name);

/** The serving program travels with the scripts; the step program is part of the pipeline, not of the code's version. */
function pack(scope: Construct, source: Omit<TrainingSourceOptions, 'programs'>): PackedSource {
  const programs = { [SERVING_PROGRAM]: fs.readFileSync(programFile(SERVING_PROGRAM)) };
  try {
    return packTrainingSource({ ...source, programs });
  } catch (error) {
    throw new ConstructError(scope, (error as Error).message);
  }
}

/** The step program and its hash. */
function stepProgram(): { file: string; hash: string } {
  const file = programFile(STEP_PROGRAM);
  return { file, hash: createHash('sha256').update(fs.readFileSync(file)).digest('hex') };
}

let scratch: string | undefined;

/** A file that lies there until the engine copies it at synth; it goes when the process ends. Its name says what is in it. */
function scratchFile(name: string, content: Buffer): string {
  if (scratch === undefined) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk-mlops-'));
    process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
    scratch = folder;
  }
  const file = path.join(scratch, name);
  if (!fs.existsSync(file)) fs.writeFileSync(file, content);
  return file;
}
