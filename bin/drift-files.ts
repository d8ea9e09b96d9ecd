import { closeSync, createReadStream, openSync, readSync, readdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import type { InputFile } from '../lib/readers/input-file';
import { InputError } from './command';

/** Formats of data files, as `--format` names them. */
export const FORMATS = ['csv', 'jsonlines', 'parquet', 'capture'] as const;

export type Format = (typeof FORMATS)[number];

/** A data file of this computer. */
export interface LocalFile extends InputFile {
  readonly size: number;
  slice(start: number, end: number): Promise<Uint8Array>;
  /** Its beginning, decompressed; empty where it cannot be. */
  head(): Buffer;
}

/** Enough for a header of ten thousand columns and some rows. */
const HEAD_BYTES = 1 << 20;

/**
 * The files at these paths: folders with all files below them, without those that start with a dot or an underscore, which
 * programs leave beside data. In the order of the paths, those of a folder sorted by name.
 *
 * @throws InputError with a problem a path: not there, no file in a folder, given twice
 */
export function findFiles(given: readonly string[]): LocalFile[] {
  const problems: string[] = [];
  const files = new Map<string, LocalFile>();
  for (const name of given) {
    const found = filesAt(name, problems);
    for (const file of found) {
      if (files.has(path.resolve(file))) problems.push(`${file}: given twice; its rows would count twice`);
      files.set(path.resolve(file), localFile(file));
    }
  }
  if (problems.length > 0) throw new InputError(problems);
  return [...files.values()];
}

function filesAt(name: string, problems: string[]): string[] {
  const found = statSync(name, { throwIfNoEntry: false });
  if (!found) problems.push(`${name}: no such file or folder`);
  if (!found?.isDirectory()) return found ? [name] : [];
  const files = below(name);
  if (files.length === 0) problems.push(`${name}: no file in this folder; name a folder with data files`);
  return files;
}

function below(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !/^[._]/.test(name));
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return below(file);
    return entry.isFile() || statSync(file, { throwIfNoEntry: false })?.isFile() ? [file] : [];
  });
}

function localFile(name: string): LocalFile {
  const { size } = statSync(name);
  return {
    ...{ name, size },
    head: () => headOf(name),
    open: () => createReadStream(name, { highWaterMark: 1 << 20 }),
    slice: (start, end) => range(name, start, end),
  };
}

function firstBytes(name: string, length: number): Buffer {
  const handle = openSync(name, 'r');
  try {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(handle, buffer, 0, length, 0));
  } finally {
    closeSync(handle);
  }
}

function headOf(name: string): Buffer {
  const bytes = firstBytes(name, HEAD_BYTES);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, HEAD_BYTES);
  } catch {
    return Buffer.alloc(0);
  }
}

async function range(name: string, start: number, end: number): Promise<Uint8Array> {
  const handle = await open(name);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/**
 * The format of files, by the content of the first one that has some.
 *
 * @throws InputError where nothing tells
 */
export function detectFormat(files: readonly LocalFile[]): Format {
  for (const file of files) {
    const head = file.head();
    if (head.subarray(0, 4).toString('latin1') === 'PAR1') return 'parquet';
    const text = head
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .trimStart();
    if (text.startsWith('[')) {
      throw new InputError([`${file.name}: got a JSON array, allowed: JSON Lines, with one object a line`]);
    }
    if (text.startsWith('{')) return isCapture(text) ? 'capture' : 'jsonlines';
    if (text !== '') return 'csv';
  }
  throw new InputError([`${files[0].name}: no content${files.length > 1 ? ', nor in the files beside it' : ''}`]);
}

/** Whether the first line is a captured request; a long one may be cut off. */
function isCapture(text: string): boolean {
  return /^\{\s*"captureData"\s*:/.test(text) || /"captureData"\s*:\s*\{\s*"endpoint/.test(text.split('\n', 1)[0]);
}
