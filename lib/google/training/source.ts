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

/** Programs of the library: the first runs the steps, the second answers requests from the model's own folder. */
const STEP_PROGRAM = 'cdk_mlops_step.py';
const SERVING_PROGRAM = 'cdk_mlops_serve.py';

/** Where the scripts are, and where they are uploaded to. */
export interface TrainingSourceProps extends Omit<TrainingSourceOptions, 'programs'> {
  readonly bucketName: string;
  /** Prefix of the uploaded objects, with a slash at its end. */
  readonly prefix: string;
}

/**
 * The scripts as one archive, and the program that runs them, uploaded under the hash of what is in them. An upload is never taken
 * away: a training that runs while a new one is deployed keeps its own.
 */
export class TrainingSource extends Construct {
  /** SHA-256 over paths and contents, hexadecimal. */
  public readonly codeVersion: string;
  /** `gs://` address of the archive. */
  public readonly uri: string;
  /** Path of the step program where containers see the bucket. */
  public readonly programPath: string;

  constructor(scope: Construct, id: string, props: TrainingSourceProps) {
    super(scope, id);
    const program = readProgram(STEP_PROGRAM);
    const { codeVersion, archive } = pack(this, props, program);
    this.codeVersion = codeVersion;
    const name = `${props.prefix}${codeVersion}`;
    this.upload('Archive', props.bucketName, `${name}.tgz`, archive, 'application/gzip');
    this.upload('Program', props.bucketName, `${name}.py`, program, 'text/x-python');
    this.uri = `gs://${props.bucketName}/${name}.tgz`;
    this.programPath = `/gcs/${props.bucketName}/${name}.py`;
  }

  private upload(id: string, bucket: string, name: string, content: Buffer, contentType: string): void {
    const file = path.join(scratchFolder(), path.basename(name));
    fs.writeFileSync(file, content);
    const asset = new TerraformAsset(this, `${id}File`, {
      path: file,
      type: AssetType.FILE,
      assetHash: this.codeVersion,
    });
    new GoogleResource(this, id, 'google_storage_bucket_object', {
      bucket,
      name,
      source: asset.path,
      content_type: contentType,
      deletion_policy: 'ABANDON',
    });
  }
}

let scratch: string | undefined;

/** Where files lie until the engine copies them at synth; gone when the process ends. */
function scratchFolder(): string {
  if (scratch === undefined) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk-mlops-'));
    process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
    scratch = folder;
  }
  return scratch;
}

function readProgram(name: string): Buffer {
  return fs.readFileSync(path.join(packageRoot(), 'dist/runtime/google', name));
}

/** The step program is part of the archive too, so that the code version speaks of it. */
function pack(scope: Construct, props: TrainingSourceProps, program: Buffer): PackedSource {
  const programs = { [STEP_PROGRAM]: program, [SERVING_PROGRAM]: readProgram(SERVING_PROGRAM) };
  try {
    return packTrainingSource({ ...props, programs });
  } catch (error) {
    throw new ConstructError(scope, (error as Error).message);
  }
}
