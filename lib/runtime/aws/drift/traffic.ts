/** Which model is judged, and where the traffic that it answered lies. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ModelRef } from '../../../deployer/model';
import { modelKey } from '../../../deployer/model';
import type { DeploymentRecord } from '../../../deployer/record';
import { championModel } from '../../../deployer/record';
import type { MonitorSettings } from '../../drift-contract';
import { deploymentStore } from '../deployer/store';
import { parseS3Uri } from '../s3-uri';
import { listFolders } from './objects';

/** Where captured files lie. */
export interface Traffic {
  /** Absent where versions are not told apart. */
  readonly model?: ModelRef;
  readonly bucket: string;
  /** Key prefixes that end in a slash. */
  readonly roots: readonly string[];
  /** Asynchronous answers lie anywhere below the roots, all others in folders by hour. */
  readonly mode: MonitorSettings['captured']['mode'];
}

/** The deployer's record of the endpoint that is watched, where there is one. */
export async function deployerRecord(
  dynamodb: DynamoDBClient,
  { captured }: MonitorSettings,
): Promise<DeploymentRecord | undefined> {
  const { deployer } = captured;
  return deployer && deploymentStore(dynamodb, deployer.table).read(deployer.endpoint);
}

/** The champion's traffic; nothing where no model serves. */
export async function findTraffic(
  s3: S3Client,
  settings: MonitorSettings,
  record: DeploymentRecord | undefined,
): Promise<Traffic | undefined> {
  const { location, mode } = settings.captured;
  const { bucket, prefix } = parseS3Uri(location);
  const top = prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`;
  if (!record) return { bucket, roots: mode === 'asynchronous' ? [top] : await hourRoots(s3, bucket, top), mode };
  const model = championModel(record)?.model;
  if (!model) return undefined;
  const folders = deploymentsOf(record, model).map(({ deployment, slot }) =>
    mode === 'realtime' ? `${top}${deployment}/${record.endpoint}/${slot}/` : `${top}${deployment}/`,
  );
  const roots =
    mode === 'batch' ? (await Promise.all(folders.map((root) => hourRoots(s3, bucket, root)))).flat() : folders;
  return { model, bucket, roots: [...new Set(roots)], mode };
}

/** Where a model has served, alone or beside another: also as a challenger, and under earlier configurations. */
function deploymentsOf({ captures }: DeploymentRecord, model: ModelRef): { deployment: string; slot: string }[] {
  return captures.flatMap(({ deployment, models }) =>
    Object.entries(models)
      .filter(([, served]) => modelKey(served) === modelKey(model))
      .map(([slot]) => ({ deployment, slot })),
  );
}

/** Endpoint and variant stand above the folders by hour; more levels than that are somebody else's. */
const DEEPEST = 4;

/** The folders below a prefix that hold folders by year. */
async function hourRoots(s3: S3Client, bucket: string, prefix: string, depth = 0): Promise<string[]> {
  const folders = await listFolders(s3, bucket, prefix);
  const years = folders.filter((folder) => /^\d{4}\/$/.test(folder.slice(prefix.length)));
  const others = depth < DEEPEST ? folders.filter((folder) => !years.includes(folder)) : [];
  const below = await Promise.all(others.map((folder) => hourRoots(s3, bucket, folder, depth + 1)));
  return [...(years.length > 0 ? [prefix] : []), ...below.flat()];
}
