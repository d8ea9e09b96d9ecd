/** How much training data is new since the last version was trained. */
import type { Ending, Requesting } from '../protocol';
import { ifAny } from '../turn';
import { query, urlOf } from '../urls';
import type { Carry } from './carry';
import { gsParts, tableUrl } from './locations';
import { newestVersions } from './retrain';
import type { Work } from './work';
import { to } from './work';

const unknown = (carry: Carry, how: string): Ending => to('decide', { ...carry, newSamples: { count: null, how } });

/** Finds the data manifest of the newest version: of a table it knows the rows, and of files when it was written. */
export function* findTraining(work: Work, carry: Carry): Requesting<Ending> {
  const [newest] = yield* newestVersions(work);
  if (!newest) return unknown(carry, 'no version is registered whose data could be compared');
  const lineage = /lineage: (gs:\/\/\S+)/.exec(newest.versionDescription ?? '')?.[1];
  const document = lineage === undefined ? undefined : yield* contentOf(work, lineage);
  const uri = (document as Lineage | undefined)?.data?.manifest?.manifestUri;
  if (uri === undefined) return unknown(carry, `version ${newest.versionId} has no data manifest`);
  const { trainingData } = work.settings.retraining!;
  if (trainingData.slice(0, 5) === 'bq://') return yield* newRows(work, carry, uri, trainingData.slice(5));
  const written = yield* metadata<{ timeCreated: string }>(work, uri, 'timeCreated');
  if (!written) return unknown(carry, `the data manifest ${uri} is gone`);
  if (carry.bytesPerRow === undefined)
    return unknown(carry, 'without a baseline, how many bytes a row has is not known');
  return to('listNew', { ...carry, listing: { since: written.timeCreated, files: 0, bytes: 0 } });
}

interface Lineage {
  readonly data?: { readonly manifest?: { readonly manifestUri?: string } };
}

function* metadata<T>({ settings }: Work, uri: string, fields: string): Requesting<T | undefined> {
  const { bucket, name } = gsParts(uri);
  const url = `${urlOf(settings, 'storage')}/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}${query({ fields })}`;
  return yield* ifAny<T>({ method: 'GET', url });
}

function* contentOf({ settings }: Work, uri: string): Requesting<unknown> {
  const { bucket, name } = gsParts(uri);
  const url = `${urlOf(settings, 'storage')}/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}${query({ alt: 'media' })}`;
  const content = yield* ifAny<unknown>({ method: 'GET', url });
  return typeof content === 'string' ? (JSON.parse(content) as unknown) : content; // a map where its content type is JSON
}

/** Rows of a table that it did not have then. A table that has fewer was filled anew: all of them. */
function* newRows(work: Work, carry: Carry, manifest: string, table: string): Requesting<Ending> {
  const then = rowsOf(yield* manifestLines(work, manifest), `bq://${table}`);
  if (then === undefined) return unknown(carry, `the data manifest ${manifest} does not name bq://${table}`);
  const url = tableUrl(work, table) + query({ fields: 'numRows' });
  const found = yield* ifAny<{ numRows: string }>({ method: 'GET', url });
  if (!found) return unknown(carry, `there is no table ${table}`);
  const now = Number(found.numRows);
  const how = `bq://${table} has ${now} rows, and had ${then} at the last training`;
  return to('decide', { ...carry, newSamples: { count: now >= then ? now - then : now, how } });
}

/** Lines of a manifest; of one line Workflows may have made a map. */
function* manifestLines({ settings }: Work, uri: string): Requesting<object[]> {
  const { bucket, name } = gsParts(uri);
  const url = `${urlOf(settings, 'storage')}/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}${query({ alt: 'media' })}`;
  const content = yield* ifAny<unknown>({ method: 'GET', url });
  if (typeof content !== 'string') return content ? [content as object] : [];
  return content
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as object);
}

function rowsOf(lines: readonly object[], key: string): number | undefined {
  const entries = lines as readonly { channel?: string; key?: string; numRows?: string }[];
  const found = entries.find((one) => one.channel === 'train' && one.key === key);
  return found?.numRows === undefined ? undefined : Number(found.numRows);
}

interface Listed {
  readonly items?: readonly { readonly size: string; readonly updated: string }[];
  readonly nextPageToken?: string;
}

/** Counts files that came after the manifest, a page at a time: a folder may have more than a workflow remembers. */
export function* listNew(work: Work, carry: Carry): Requesting<Ending> {
  const { trainingData } = work.settings.retraining!;
  const { since, files, bytes, pageToken } = carry.listing!;
  const { bucket, name: prefix } = gsParts(trainingData);
  const parameters = { prefix, maxResults: '1000', pageToken, fields: 'items(size,updated),nextPageToken' };
  const url = `${urlOf(work.settings, 'storage')}/storage/v1/b/${bucket}/o${query(parameters)}`;
  const page = (yield* ifAny<Listed>({ method: 'GET', url })) ?? {};
  const fresh = (page.items ?? []).filter(({ updated }) => Date.parse(updated) > Date.parse(since));
  const sum = fresh.reduce((all, { size }) => all + Number(size), bytes);
  const listing = { since, files: files + fresh.length, bytes: sum, pageToken: page.nextPageToken };
  if (page.nextPageToken !== undefined) return to('listNew', { ...carry, listing });
  const bytesPerRow = carry.bytesPerRow!;
  const how = `${listing.files} new or changed files of ${sum} bytes below ${trainingData}, about ${Math.round(bytesPerRow)} bytes a row`;
  return to('decide', { ...carry, newSamples: { count: Math.floor(sum / bytesPerRow), how } });
}
