import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { DataManifestRequest } from '../../lib/runtime/contract';
import { writeDataManifest } from '../../lib/runtime/aws/data-manifest';
import type { FakeObject } from './fake-s3';
import { FakeS3 } from './fake-s3';

const ENVIRONMENT = { ARTIFACT_BUCKET: 'artifacts', ARTIFACT_PREFIX: 'training/flights/manifests/' };
const REQUEST: DataManifestRequest = {
  executionId: 'execution-1',
  trainingData: 's3://data/flights/train/',
  codeVersion: 'c0de',
  codeUri: 's3://assets/c0de.tar.gz',
  image: 'image:1',
  hyperparameters: '{"max_depth":6}',
};
const MANIFEST = 'artifacts/training/flights/manifests/execution-1/manifest.jsonl';
const LINEAGE = 'artifacts/training/flights/manifests/execution-1/lineage.json';
const enoughTime = () => 600_000;

const file = (Key: string, Size = 10, ETag = `"${Key}"`): FakeObject => ({ Key, Size, ETag });

describe('the data manifest', () => {
  test('names every file with its ETag, and its hash is the hash of what was written', async () => {
    const s3 = new FakeS3({ data: [file('flights/train/a.csv', 5), file('flights/train/b.csv', 7)] });

    const response = await writeDataManifest(s3.client, ENVIRONMENT, REQUEST, enoughTime);

    const manifest = s3.written.get(MANIFEST)!;
    expect(
      manifest
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { channel: 'train', key: 's3://data/flights/train/a.csv', etag: '"flights/train/a.csv"', size: 5 },
      { channel: 'train', key: 's3://data/flights/train/b.csv', etag: '"flights/train/b.csv"', size: 7 },
    ]);
    expect(response).toEqual({
      manifestUri: `s3://${MANIFEST}`,
      manifestSha256: createHash('sha256').update(manifest).digest('hex'),
      objectCount: 2,
      totalBytes: 12,
      lineageUri: `s3://${LINEAGE}`,
    });
  });

  test('changes its hash when a file changes, and keeps it in another execution over the same files', async () => {
    const hashOf = async (etag: string, executionId: string) => {
      const s3 = new FakeS3({ data: [file('flights/train/a.csv', 5, etag)] });
      return (await writeDataManifest(s3.client, ENVIRONMENT, { ...REQUEST, executionId }, enoughTime)).manifestSha256;
    };
    expect(await hashOf('"1"', 'x')).toBe(await hashOf('"1"', 'y'));
    expect(await hashOf('"1"', 'x')).not.toBe(await hashOf('"2"', 'x'));
  });

  test('spans pages and upload parts', async () => {
    const files = Array.from({ length: 60_000 }, (_, index) =>
      file(`flights/train/part-${String(index).padStart(6, '0')}.csv`),
    );
    const s3 = new FakeS3({ data: files });

    const response = await writeDataManifest(s3.client, ENVIRONMENT, REQUEST, enoughTime);

    const lines = s3.written.get(MANIFEST)!.trimEnd().split('\n');
    expect(lines).toHaveLength(60_000);
    expect(JSON.parse(lines[59_999]).key).toBe('s3://data/flights/train/part-059999.csv');
    expect(response.objectCount).toBe(60_000);
  });

  test('lists every channel, and leaves out folders that the console made', async () => {
    const s3 = new FakeS3({
      data: [file('flights/train/', 0), file('flights/train/a.csv'), file('flights/test/z.csv')],
      other: [file('validation/v.csv')],
    });
    const request = { ...REQUEST, testData: 's3://data/flights/test/', validationData: 's3://other/validation' };

    await writeDataManifest(s3.client, ENVIRONMENT, request, enoughTime);

    const entries = s3.written
      .get(MANIFEST)!
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries.map(({ channel, key }) => [channel, key])).toEqual([
      ['train', 's3://data/flights/train/a.csv'],
      ['validation', 's3://other/validation/v.csv'],
      ['test', 's3://data/flights/test/z.csv'],
    ]);
  });

  test('keeps the lineage of the execution: code, image, hyperparameters, data', async () => {
    const s3 = new FakeS3({ data: [file('flights/train/a.csv')] });
    const response = await writeDataManifest(s3.client, ENVIRONMENT, REQUEST, enoughTime);
    expect(JSON.parse(s3.written.get(LINEAGE)!)).toEqual({
      executionId: 'execution-1',
      code: { version: 'c0de', uri: 's3://assets/c0de.tar.gz' },
      image: 'image:1',
      hyperparameters: { max_depth: 6 },
      data: {
        training: 's3://data/flights/train/',
        manifest: {
          manifestUri: response.manifestUri,
          manifestSha256: response.manifestSha256,
          objectCount: 1,
          totalBytes: 10,
        },
      },
    });
  });
});

describe('a data manifest that cannot be made', () => {
  test.each([
    [
      'an empty location',
      {},
      REQUEST,
      enoughTime,
      /no train data: s3:\/\/data\/flights\/train\/ holds no file; put data there/,
    ],
    [
      'an empty location beside a filled one',
      { data: [file('flights/train/a.csv')] },
      { ...REQUEST, testData: 's3://data/flights/test/' },
      enoughTime,
      /no test data: s3:\/\/data\/flights\/test\//,
    ],
    [
      'a location that is none',
      {},
      { ...REQUEST, trainingData: '/tmp/x' },
      enoughTime,
      /not an S3 location: got "\/tmp\/x"/,
    ],
    ['no time left', { data: [file('flights/train/a.csv')] }, REQUEST, () => 1_000, /takes too long: 1 files so far/],
  ])('fails on %s, and leaves no manifest', async (_, objects, request, remaining, message) => {
    const s3 = new FakeS3(objects as Record<string, FakeObject[]>);
    await expect(writeDataManifest(s3.client, ENVIRONMENT, request, remaining)).rejects.toThrow(message);
    expect([...s3.written.keys()]).toEqual([]);
  });
});
