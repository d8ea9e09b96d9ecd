import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';

/** File in the source folder that tells the scripts what the config says of the data. */
const CONTRACT_FILE = 'mlops.json';

/** Folders left out of the archive: what tools leave behind. */
const LEFT_BEHIND = new Set(['__pycache__', 'node_modules', 'cdktf.out']);

/** Hidden files hold settings and secrets, as Terraform's state does; output written among the scripts would change their version each time. */
function isLeftBehind(name: string, file: string): boolean {
  if (name.startsWith('.') || /\.(pyc|tfstate|tfstate\.backup)$/.test(name) || LEFT_BEHIND.has(name)) return true;
  const holds = (inside: string) => fs.existsSync(path.join(file, inside));
  return holds('cdk.out') || (holds('manifest.json') && holds('stacks')); // what tells outputs of either engine
}

/** Largest file in a source folder; scripts are small, data is not. */
const MAX_FILE_BYTES = 50 * 2 ** 20;

/** What a tar archive is made of. */
const BLOCK_BYTES = 512;

/** Files of a training source by their path in the archive, and what they hold. */
type Files = Map<string, Buffer>;

/** Where the scripts are, and what is laid beside them. */
export interface TrainingSourceOptions {
  /** Folder with the scripts. */
  readonly folder: string;
  /** Config key to script path, for example `training.entryPoint` to `train.py`; each that is given must exist. */
  readonly scripts: Readonly<Record<string, string | undefined>>;
  /** What `mlops.json` tells the scripts. */
  readonly contract: object;
  /** Programs of the library that are added, by name. */
  readonly programs: Readonly<Record<string, Buffer>>;
}

/** The scripts as one archive. */
export interface PackedSource {
  /** SHA-256 over paths and contents, hexadecimal: the code version. */
  readonly codeVersion: string;
  /** A gzipped tar archive: same files, same bytes. */
  readonly archive: Buffer;
}

/**
 * Packs the folder with the scripts.
 *
 * @throws an error that names the file and the way out
 */
export function packTrainingSource(options: TrainingSourceOptions): PackedSource {
  const files = readSource(options);
  return { codeVersion: hashOf(files), archive: archiveOf(files) };
}

function readSource(props: TrainingSourceOptions): Files {
  if (!fs.statSync(props.folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`training.source: no folder ${path.resolve(props.folder)}; name the folder that holds the scripts`);
  }
  const files: Files = new Map();
  addFolder(files, fs.realpathSync(props.folder), '');
  const missing = Object.entries(props.scripts).filter(
    ([, script]) => script && !files.has(path.posix.normalize(script)),
  );
  if (missing.length > 0) {
    const lines = missing.map(([key, script]) => `${key}: no file ${script} in ${path.resolve(props.folder)}`);
    throw new Error(`${lines.join('\n')}\nadd the file, or correct its name`);
  }
  files.set(CONTRACT_FILE, Buffer.from(JSON.stringify(props.contract, null, 2)));
  for (const [name, content] of Object.entries(props.programs)) {
    if (files.has(name)) throw new Error(`training.source: ${name} is the library's; rename yours`);
    files.set(name, content);
  }
  return files;
}

/** Reads a folder into `files`; the size limit catches data that lies among the scripts before it fills the memory. */
function addFolder(files: Files, folder: string, prefix: string): void {
  for (const name of fs.readdirSync(folder).sort()) {
    const full = path.join(folder, name);
    if (isLeftBehind(name, full)) continue;
    const stats = fs.statSync(full, { throwIfNoEntry: false });
    if (!stats) throw new Error(`training.source: ${full} links to nothing; remove the link`);
    if (stats.isDirectory()) {
      if (`${folder}${path.sep}`.startsWith(`${fs.realpathSync(full)}${path.sep}`)) {
        throw new Error(`training.source: ${full} links to a folder that holds it; remove the link`);
      }
      addFolder(files, full, `${prefix}${name}/`);
    } else if (stats.size > MAX_FILE_BYTES) {
      const megabytes = Math.round(stats.size / 2 ** 20);
      throw new Error(
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
