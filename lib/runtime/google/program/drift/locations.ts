/** Where data lies. */
import type { Requesting } from '../protocol';
import { demand, ifAny } from '../turn';
import { query, urlOf } from '../urls';
import { DriftFailure } from './errors';
import type { Source } from './sql/source';
import type { Work } from './work';

/** Bucket and name of a `gs://` address. */
export function gsParts(uri: string): { bucket: string; name: string } {
  const match = /^gs:\/\/([^/]+)\/?(.*)$/.exec(uri);
  if (!match) throw new DriftFailure(`got ${uri}, allowed are gs://bucket/folder/ and bq://project.dataset.table`);
  return { bucket: match[1], name: match[2] };
}

/** Address of a table in BigQuery's API, by its full name. A project of a domain has a dot of its own: `example.com:project`. */
export function tableUrl({ settings }: Work, name: string): string {
  const match = /^(.+)\.([^.]+)\.([^.]+)$/.exec(name);
  if (!match) throw new DriftFailure(`got the table ${name}, allowed is project.dataset.table`);
  const [, project, dataset, table] = match;
  return `${urlOf(settings, 'bigquery')}/bigquery/v2/projects/${project}/datasets/${dataset}/tables/${table}`;
}

/** Names of objects, at most so many. */
export function* namesBelow({ settings }: Work, bucket: string, prefix: string, most: number): Requesting<string[]> {
  const parameters = { prefix, maxResults: String(most), fields: 'items(name)' };
  const url = `${urlOf(settings, 'storage')}/storage/v1/b/${bucket}/o${query(parameters)}`;
  const found = yield* demand<{ items?: { name: string }[] }>({ method: 'GET', url });
  return (found.items ?? []).map(({ name }) => name);
}

/** A file, the files of a folder, or a table; nothing where nothing lies there. */
export function* sourceOf(work: Work, uri: string, format: Source['format']): Requesting<Source | undefined> {
  if (uri.slice(0, 5) === 'bq://') return { table: uri.slice(5), format };
  const { bucket, name } = gsParts(uri);
  if (name !== '' && name[name.length - 1] !== '/') {
    const url = `${urlOf(work.settings, 'storage')}/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}${query({ fields: 'name' })}`;
    if (yield* ifAny({ method: 'GET', url })) return { uris: [`gs://${bucket}/${name}`], format };
  }
  const folder = name === '' ? '' : `${name.replace(/\/$/, '')}/`;
  const names = yield* namesBelow(work, bucket, folder, 100);
  const files = names.filter((one) => one[one.length - 1] !== '/');
  return files.length === 0 ? undefined : { uris: [`gs://${bucket}/${folder}*`], format };
}
