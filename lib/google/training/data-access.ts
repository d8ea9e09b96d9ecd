import { TOKEN_PATTERN } from '../../config/tokens';
import { Fn } from '../engine';
import type { DataLocations } from './resources';

/** A folder in Cloud Storage. */
export interface StorageFolder {
  readonly bucket: string;
  /** Start of the object names; absent when only Terraform knows the address. */
  readonly prefix?: string;
}

/** A table in BigQuery. */
export interface Table {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
}

/** What a job has to read. */
export interface DataAccess {
  readonly folders: readonly StorageFolder[];
  readonly tables: readonly Table[];
}

/** Whether some of the data is in tables. */
export function readsTables({ training, validation, test }: DataLocations): boolean {
  return dataAccess([training, validation, test]).tables.length > 0;
}

/** Sorts addresses into folders and tables. An address that only Terraform knows is taken for a folder: its bucket is cut out of it. */
export function dataAccess(locations: readonly (string | undefined)[]): DataAccess {
  const unique = [...new Set(locations.filter((location) => location !== undefined))];
  const tables = unique.filter((location) => location.startsWith('bq://'));
  return {
    folders: unique.filter((location) => !tables.includes(location)).map(folderAt),
    tables: tables.map(tableAt),
  };
}

function folderAt(location: string): StorageFolder {
  const [, bucket, prefix] = /^gs:\/\/([^/]+)\/?(.*)$/.exec(location) ?? [];
  return bucket === undefined ? { bucket: Fn.element(Fn.split('/', location), 2) } : { bucket, prefix };
}

/** What stands between dots; those within a token do not count. */
const NAMES = new RegExp(`(?:${TOKEN_PATTERN}|[^.])+`, 'g');

function tableAt(location: string): Table {
  const [project, dataset, table] = location.slice('bq://'.length).match(NAMES)!;
  return { project, dataset, table };
}
