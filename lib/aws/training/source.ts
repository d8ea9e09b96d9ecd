import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { ConstructError } from '../errors';
import { packageRoot } from '../package-root';

/** Program that the training job starts; it runs the training script and lays the source beside the model. */
export const TRAINING_PROGRAM = 'cdk_mlops_train.py';

/** What a source archive's name ends in. */
export const SOURCE_EXTENSION = '.tgz';

/** File in the source folder that tells the scripts what the config says of the data. */
const CONTRACT_FILE = 'mlops.json';

/** Folders left out of the archive: what tools leave behind. */
const LEFT_BEHIND = new Set(['__pycache__', 'node_modules']);

/** Hidden files hold settings and secrets; an assembly written among the scripts would change their version each time. */
function isLeftBehind(name: string, file: string): boolean {
  if (name.startsWith('.') || name.endsWith('.pyc') || LEFT_BEHIND.has(name)) return true;
  return fs.existsSync(path.join(file, 'cdk.out')); // the marker file in a cloud assembly
}

/** Largest file in a source folder; scripts are small, data is not. */
const MAX_FILE_BYTES = 50 * 2 ** 20;

/** What a tar archive is made of. */
const BLOCK_BYTES = 512;

/** Files of a training source by their path in the archive, and what they hold. */
type Files = Map<string, Buffer>;

export interface TrainingSourceProps {
  /** Folder with the scripts. */
  readonly folder: string;
  /** Config key to script path, for example `training.entryPoint` to `train.py`; each that is given must exist. */
  readonly scripts: Readonly<Record<string, string | undefined>>;
  /** What `mlops.json` tells the scripts. */
  readonly contract: object;
}

/** The scripts as one archive, named by what is in it. */
export class TrainingSource {
  /** SHA-256 over paths and contents, hexadecimal. */
  public readonly codeVersion: string;
  public readonly asset: assets.Asset;
  /** File name of the archive. */
  public readonly fileName: string;

  constructor(scope: Construct, id: string, props: TrainingSourceProps) {
    const files = readSource(scope, props);
    this.codeVersion = hashOf(files);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk-mlops-'));
    try {
      const archive = path.join(folder, `source${SOURCE_EXTENSION}`);
      fs.writeFileSync(archive, archiveOf(files));
      this.asset = new assets.Asset(scope, id, {
        path: archive,
        assetHash: this.codeVersion,
        displayName: 'Training source',
      });
    } finally {
      fs.rmSync(folder, { recursive: true }); // the asset is staged by now
    }
    this.fileName = `${this.asset.assetHash}${SOURCE_EXTENSION}`;
  }
}

function readSource(scope: Construct, props: TrainingSourceProps): Files {
  if (!fs.statSync(props.folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new ConstructError(
      scope,
      `training.source: no folder ${path.resolve(props.folder)}; name the folder that holds the scripts`,
    );
  }
  const files: Files = new Map();
  addFolder(scope, files, fs.realpathSync(props.folder), '');
  const missing = Object.entries(props.scripts).filter(
    ([, script]) => script && !files.has(path.posix.normalize(script)),
  );
  if (missing.length > 0) {
    const lines = missing.map(([key, script]) => `${key}: no file ${script} in ${path.resolve(props.folder)}`);
    throw new ConstructError(scope, `${lines.join('\n')}\nadd the file, or correct its name`);
  }
  if (files.has(TRAINING_PROGRAM)) {
    throw new ConstructError(scope, `training.source: ${TRAINING_PROGRAM} is the library's; rename yours`);
  }
  files.set(CONTRACT_FILE, Buffer.from(JSON.stringify(props.contract, null, 2)));
  files.set(TRAINING_PROGRAM, fs.readFileSync(path.join(packageRoot(), 'dist/runtime/training', TRAINING_PROGRAM)));
  return files;
}

/** Reads a folder into `files`; the size limit catches data that lies among the scripts before it fills the memory. */
function addFolder(scope: Construct, files: Files, folder: string, prefix: string): void {
  for (const name of fs.readdirSync(folder).sort()) {
    const full = path.join(folder, name);
    if (isLeftBehind(name, full)) continue;
    const stats = fs.statSync(full, { throwIfNoEntry: false });
    if (!stats) throw new ConstructError(scope, `training.source: ${full} links to nothing; remove the link`);
    if (stats.isDirectory()) {
      if (`${folder}${path.sep}`.startsWith(`${fs.realpathSync(full)}${path.sep}`)) {
        throw new ConstructError(scope, `training.source: ${full} links to a folder that holds it; remove the link`);
      }
      addFolder(scope, files, full, `${prefix}${name}/`);
    } else if (stats.size > MAX_FILE_BYTES) {
      const megabytes = Math.round(stats.size / 2 ** 20);
      throw new ConstructError(
        scope,
        `training.source: ${full} has ${megabytes} MB, allowed are ${MAX_FILE_BYTES / 2 ** 20} MB; keep data out of the source folder`,
      );
    } else {
      files.set(prefix + name, fs.readFileSync(full));
    }
  }
}

function hashOf(files: Files): string {
  const hash = createHash('sha256');
  for (const [name, content] of [...files].sort(byName)) {
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** A gzipped tar archive, which SageMaker's training toolkit unpacks. Times and owners are fixed: same files, same bytes. */
function archiveOf(files: Files): Buffer {
  const { Header, Pax } = require('tar') as typeof import('tar');
  const blocks: Buffer[] = [];
  for (const [name, content] of [...files].sort(byName)) {
    const entry = { path: name, mode: 0o644, size: content.length, mtime: new Date(0) };
    const header = Buffer.alloc(BLOCK_BYTES);
    const needsExtension = new Header({ ...entry, type: 'File' }).encode(header); // a long path, or one not in ASCII
    if (needsExtension) blocks.push(new Pax(entry).encode());
    blocks.push(header, content, Buffer.alloc(-content.length & (BLOCK_BYTES - 1)));
  }
  const end = Buffer.alloc(2 * BLOCK_BYTES);
  return gzipSync(Buffer.concat([...blocks, end]));
}

const byName = ([a]: [string, Buffer], [b]: [string, Buffer]): number => (a < b ? -1 : 1);
