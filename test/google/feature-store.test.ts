import { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import type { FeatureConfig, FeatureGroupConfig } from '../../lib/config/feature-store';
import type { TerraformDocument } from '../../lib/google/diff/terraform';
import { EncryptionKey } from '../../lib/google/encryption-key';
import { FeatureGroup } from '../../lib/google/feature-group';
import { FeatureStore } from '../../lib/google/feature-store';
import type { FeatureStoreProps } from '../../lib/google/feature-store';
import { ANN, AT, addresses, block, blocks, synthesize } from './blocks';
import { forceNewChanges, schemaProblems } from './judges';

const TABLE = 'google_bigquery_table';
const VIEW = 'google_vertex_ai_feature_online_store_featureview';
const FLIGHTS: FeatureGroupConfig = {
  name: 'flights',
  recordIdentifier: 'flight_id',
  eventTime: 'event_time',
  ttlHours: 72,
  features: [
    { name: 'distance', type: 'float' },
    { name: 'stops', type: 'integer' },
    { name: 'origin', type: 'string' },
  ],
};
const AIRPORTS: FeatureGroupConfig = { ...FLIGHTS, name: 'airports' };

const build = (groups: FeatureGroupConfig[] = [FLIGHTS], props: Partial<FeatureStoreProps> = {}) =>
  synthesize((stack) => void new FeatureStore(stack, 'Store', { ...AT, namePrefix: 'flight-delay', groups, ...props }));

/** The tables without the views. */
const tables = (document: TerraformDocument) => blocks(document, TABLE).filter(({ view }) => view === undefined);
const table = (document: TerraformDocument) => tables(document)[0];
const query = (document: TerraformDocument, id: string): string =>
  blocks(document, TABLE)
    .find(({ table_id }) => table_id === id)
    .view.query.replace(/\$\{[^}]*\}/g, 'ID');
const removed = (before: TerraformDocument, after: TerraformDocument) =>
  addresses(before).filter((address) => !addresses(after).includes(address));

describe('a feature store', () => {
  test('keeps the history of a group in an encrypted, partitioned table', () => {
    const document = build();
    expect(schemaProblems(document)).toEqual([]);
    expect(block(document, 'google_bigquery_dataset')).toMatchObject({
      dataset_id: 'flight_delay_features',
      location: 'europe-west4',
      default_encryption_configuration: { kms_key_name: expect.stringContaining('google_kms_crypto_key') },
      delete_contents_on_destroy: false,
      lifecycle: { prevent_destroy: true },
    });
    expect(table(document)).toMatchObject({
      table_id: 'flights',
      time_partitioning: { type: 'DAY', field: 'event_time' },
      clustering: ['flight_id'],
      encryption_configuration: { kms_key_name: expect.stringContaining('google_kms_crypto_key') },
      deletion_protection: true,
      lifecycle: { prevent_destroy: true },
      depends_on: [expect.stringContaining('Allow-bigQuery')],
    });
    expect(JSON.parse(table(document).schema)).toEqual([
      { name: 'flight_id', type: 'STRING', mode: 'REQUIRED' },
      { name: 'event_time', type: 'TIMESTAMP', mode: 'REQUIRED' },
      { name: 'distance', type: 'FLOAT64', mode: 'NULLABLE' },
      { name: 'stops', type: 'INT64', mode: 'NULLABLE' },
      { name: 'origin', type: 'STRING', mode: 'NULLABLE' },
    ]);
  });

  test('registers group and features over a view with the column that Vertex AI takes for the time', () => {
    const document = build();
    expect(query(document, 'flights__history')).toBe(
      'SELECT `flight_id`, `event_time` AS feature_timestamp, `distance`, `stops`, `origin` FROM `acme-ml.ID.ID`',
    );
    expect(block(document, 'google_vertex_ai_feature_group')).toMatchObject({
      name: 'flight_delay_flights',
      region: 'europe-west4',
      big_query: {
        big_query_source: { input_uri: expect.stringMatching(/^bq:\/\/acme-ml\.\$\{.*\}\.\$\{.*_History_.*\}$/) },
        entity_id_columns: ['flight_id'],
      },
    });
    const features = blocks(document, 'google_vertex_ai_feature_group_feature');
    expect(features.map(({ name }) => name)).toEqual(['distance', 'origin', 'stops']);
  });

  test('serves the newest row of each record that is young enough', () => {
    const document = build();
    expect(block(document, 'google_vertex_ai_feature_online_store')).toMatchObject({
      name: 'flight_delay_features',
      bigtable: { auto_scaling: { min_node_count: 1, max_node_count: 3 } },
    });
    expect(query(document, 'flights__newest')).toBe(
      'SELECT `flight_id`, `event_time`, `distance`, `stops`, `origin` FROM `acme-ml.ID.ID`\n' +
        'WHERE `event_time` > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 72 HOUR)\n' +
        'QUALIFY ROW_NUMBER() OVER (PARTITION BY `flight_id` ORDER BY `event_time` DESC) = 1',
    );
    expect(block(document, VIEW)).toMatchObject({
      name: 'flights',
      feature_online_store: expect.stringContaining('google_vertex_ai_feature_online_store'),
      big_query_source: { uri: expect.stringContaining('_Newest_'), entity_id_columns: ['flight_id'] },
      sync_config: { cron: '0 * * * *' },
    });
    const forever = build([{ ...FLIGHTS, ttlHours: undefined }], { syncCron: '30 2 * * *', maxOnlineNodes: 5 });
    expect(query(forever, 'flights__newest')).toContain('WHERE `event_time` IS NOT NULL\n');
    expect(block(forever, VIEW).sync_config).toEqual({ cron: '30 2 * * *' });
  });

  test('waits with a feature until its column is there', () => {
    const document = build();
    const [feature] = blocks(document, 'google_vertex_ai_feature_group_feature');
    expect(feature.feature_group).toMatch(/^\$\{google_vertex_ai_feature_group\./);
    const group = block(document, 'google_vertex_ai_feature_group');
    expect(group.big_query.big_query_source.input_uri).toMatch(/\$\{google_bigquery_table\./);
    const [view] = blocks(document, TABLE).filter(({ view }) => view !== undefined);
    expect(view.view.query).toMatch(/\$\{google_bigquery_table\.\w+_Table_\w+\.table_id\}/);
  });

  test('gives its groups by their names, in the order of the config', () => {
    synthesize((stack) => {
      const store = new FeatureStore(stack, 'Store', { ...AT, groups: [FLIGHTS, AIRPORTS] });
      expect(store.groups.map(({ featureGroupId }) => featureGroupId)).toEqual(['flights', 'airports']);
      expect(store.group('airports')).toBe(store.groups[1]);
      expect(() => store.group('trains')).toThrow("no feature group 'trains', only flights, airports");
    });
  });

  test('stands several times, below scopes, once per name', () => {
    const document = synthesize((stack) => {
      const scope = new Construct(stack, 'Team');
      for (const namePrefix of ['churn', 'delay'])
        new FeatureStore(scope, namePrefix, { ...AT, namePrefix, groups: [FLIGHTS] });
      const again = () => new FeatureStore(stack, 'Again', { ...AT, namePrefix: 'churn', groups: [FLIGHTS] });
      expect(again).toThrow('stands twice');
    });
    expect(schemaProblems(document)).toEqual([]);
  });

  test('refuses what Google Cloud cannot do, and numbers of nodes that make no sense', () => {
    expect(() => build([{ ...FLIGHTS, offline: false }])).toThrow('groups[0].offline');
    expect(() => build([{ ...FLIGHTS, ttlHours: 0 }])).toThrow('groups[0].ttlHours');
    expect(() => build([FLIGHTS], { maxOnlineNodes: 0 })).toThrow('maxOnlineNodes: got 0, allowed: a whole number');
  });
});

describe('names of groups and features', () => {
  const features = (...names: string[]): FeatureConfig[] => names.map((name) => ({ name, type: 'float' }));

  test('become what BigQuery and Vertex AI take', () => {
    const group = { ...FLIGHTS, name: 'Late-Flights', eventTime: 'Event-Time', features: features('Air-Time', '3d') };
    const document = build([group]);
    expect(schemaProblems(document)).toEqual([]);
    expect(table(document).table_id).toBe('late_flights');
    expect(block(document, 'google_vertex_ai_feature_group').name).toBe('flight_delay_late_flights');
    const columns = JSON.parse(table(document).schema) as Array<{ name: string }>;
    expect(columns.map(({ name }) => name)).toEqual(['flight_id', 'event_time', 'air_time', '_3d']);
    const registered = blocks(document, 'google_vertex_ai_feature_group_feature').map(({ name }) => name);
    expect(registered.sort()).toEqual(['_3d', 'air_time']);
  });

  test('that become the same are refused', () => {
    expect(() => build([{ ...FLIGHTS, features: features('air-time', 'air_time') }])).toThrow(
      '"air_time" is the column air_time on Google Cloud, and so is features[0].name; rename one of them',
    );
    expect(() => build([{ ...FLIGHTS, features: features('flight-id') }])).toThrow('and so is recordIdentifier');
    expect(() => build([FLIGHTS, { ...FLIGHTS, name: 'a-b' }, { ...FLIGHTS, name: 'a_b' }])).toThrow(
      '"a_b" is the table a_b on Google Cloud, and so is',
    );
  });

  test('leave the time of records to the event time', () => {
    expect(() => build([{ ...FLIGHTS, features: features('feature-timestamp') }])).toThrow('or make it the eventTime');
    const document = build([{ ...FLIGHTS, eventTime: 'feature_timestamp', features: features('distance') }]);
    expect(query(document, 'flights__history')).toBe(
      'SELECT `flight_id`, `feature_timestamp`, `distance` FROM `acme-ml.ID.ID`',
    );
  });

  test('may be those of record identifier and event time, which come first', () => {
    const listed: FeatureConfig[] = [
      { name: 'distance', type: 'float' },
      { name: 'event_time', type: 'float' },
      { name: 'flight_id', type: 'integer' },
    ];
    const columns = JSON.parse(table(build([{ ...FLIGHTS, features: listed }])).schema);
    expect(columns).toEqual([
      { name: 'flight_id', type: 'INT64', mode: 'REQUIRED' },
      { name: 'event_time', type: 'TIMESTAMP', mode: 'REQUIRED' },
      { name: 'distance', type: 'FLOAT64', mode: 'NULLABLE' },
    ]);
  });
});

describe('a change', () => {
  const MORE: FeatureGroupConfig = { ...FLIGHTS, features: [...FLIGHTS.features, { name: 'delay', type: 'float' }] };

  test('that adds a feature adds a column and a registration, and replaces nothing', () => {
    const [before, after] = [build(), build([MORE])];
    expect(forceNewChanges(before, after)).toEqual([]);
    expect(removed(before, after)).toEqual([]);
    expect(removed(after, before)).toEqual([expect.stringContaining('google_vertex_ai_feature_group_feature')]);
    const columns = (document: TerraformDocument): object[] => JSON.parse(table(document).schema);
    expect(columns(after).slice(0, -1)).toEqual(columns(before));
    expect(block(after, VIEW)).toEqual(block(before, VIEW));
  });

  test.each([
    ['ttlHours is taken away', [{ ...FLIGHTS, ttlHours: undefined }]],
    ['ttlHours is changed', [{ ...FLIGHTS, ttlHours: 24 }]],
    ['a group is added', [FLIGHTS, AIRPORTS]],
    ['groups change places', [AIRPORTS, FLIGHTS]],
  ])('replaces and removes nothing when %s', (_, groups) => {
    const before = build();
    const after = build(groups);
    expect(forceNewChanges(before, after)).toEqual([]);
    expect(removed(before, after)).toEqual([]);
  });

  test('that takes a group offline removes copies only', () => {
    const [before, after] = [build(), build([{ ...FLIGHTS, online: false, ttlHours: undefined }])];
    expect(forceNewChanges(before, after)).toEqual([]);
    expect(forceNewChanges(after, before)).toEqual([]);
    expect(
      removed(before, after).map((address) =>
        address.replace(/\.Store_(Groups_flights_)?/, ' ').replace(/_\w{8}$/, ''),
      ),
    ).toEqual([
      'google_bigquery_table Newest',
      'google_vertex_ai_feature_online_store OnlineStore',
      'google_vertex_ai_feature_online_store_featureview View',
    ]);
    expect(schemaProblems(after)).toEqual([]);
  });

  test('that gives tables up replaces nothing, and lets them go with their rows', () => {
    const [before, after] = [build(), build([FLIGHTS], { removalPolicy: 'destroy' })];
    expect(forceNewChanges(before, after)).toEqual([]);
    expect(block(after, 'google_bigquery_dataset')).toMatchObject({
      delete_contents_on_destroy: true,
      lifecycle: { prevent_destroy: false },
    });
    expect(table(after)).toMatchObject({ deletion_protection: false, lifecycle: { prevent_destroy: false } });
  });

  test('that takes a feature away drops no column: the provider would do so in place, without asking', () => {
    expect(table(build()).ignore_auto_generated_schema).toBe(true);
  });

  test('of another key is made in place', () => {
    const keyed = (name: string) =>
      synthesize((stack) => {
        const keyName = `projects/p/locations/europe-west4/keyRings/r/cryptoKeys/${name}`;
        const encryptionKey = EncryptionKey.fromKeyName(stack, 'Key', keyName);
        new FeatureStore(stack, 'Store', { ...AT, groups: [FLIGHTS], encryptionKey });
      });
    expect(forceNewChanges(keyed('a'), keyed('b'))).toEqual([]);
  });

  test('of what is fixed is noticed by the judge', () => {
    const after = build([{ ...FLIGHTS, eventTime: 'seen_at' }]);
    expect(forceNewChanges(build(), after)).toEqual([expect.stringContaining('time_partitioning.field')]);
  });

  test('of the key that a dataset shows does not replace a view', () => {
    const views = blocks(build(), TABLE).filter(({ view }) => view !== undefined);
    expect(views.map(({ lifecycle }) => lifecycle)).toEqual(
      Array(2).fill({ ignore_changes: ['encryption_configuration'] }),
    );
    expect(views.every(({ deletion_protection }) => deletion_protection === false)).toBe(true);
  });
});

describe('rights', () => {
  const granted = (grant: (group: FeatureGroup) => void) =>
    synthesize((stack) => {
      const store = new FeatureStore(stack, 'Store', { ...AT, namePrefix: 'flight-delay', groups: [FLIGHTS] });
      grant(store.group('flights') as FeatureGroup);
    });

  test('to ingest are to read and write rows of one table, not to change or delete it', () => {
    const document = granted((group) => {
      expect(group.grantIngest(ANN)).toBe(group.grantIngest(ANN));
    });
    expect(block(document, 'google_project_iam_custom_role')).toMatchObject({
      role_id: 'flight_delay_flights.ingest',
      permissions: ['bigquery.tables.get', 'bigquery.tables.getData', 'bigquery.tables.updateData'],
    });
    expect(block(document, 'google_bigquery_table_iam_member')).toMatchObject({
      table_id: expect.stringContaining('_Table_'),
      role: expect.stringContaining('google_project_iam_custom_role'),
      member: ANN,
    });
    expect(blocks(document, 'google_project_iam_member')).toEqual([]);
    expect(schemaProblems(document)).toEqual([]);
  });

  test('to read the history are on table and views', () => {
    const document = granted((group) => group.grantOfflineRead(ANN));
    const members = blocks(document, 'google_bigquery_table_iam_member');
    expect(members.map(({ role }) => role)).toEqual(Array(3).fill('roles/bigquery.dataViewer'));
    expect(new Set(members.map(({ table_id }) => table_id)).size).toBe(3);
    expect(schemaProblems(document)).toEqual([]);
  });

  test('to read online are to fetch from feature views', () => {
    const document = granted((group) => group.grantOnlineRead(ANN));
    expect(block(document, 'google_project_iam_custom_role').permissions).toEqual([
      'aiplatform.featureViews.fetchFeatureValues',
      'aiplatform.featureViews.get',
    ]);
    expect(block(document, 'google_project_iam_member')).toMatchObject({ project: 'acme-ml', member: ANN });
  });
});

describe('a feature group', () => {
  test('stands alone in an existing dataset', () => {
    const document = synthesize((stack) => {
      const encryptionKey = new EncryptionKey(stack, 'Key', { ...AT, name: 'features' });
      const props = { ...AT, ...FLIGHTS, dataset: 'features', encryptionKey };
      expect(() => new FeatureGroup(stack, 'Offline', props)).toThrow('onlineStoreId: missing');
      new FeatureGroup(stack, 'Group', { ...props, name: 'airports', onlineStoreId: 'features' });
    });
    expect(block(document, VIEW).feature_online_store).toBe('features');
  });

  test('that stands already is granted by its names', () => {
    const document = synthesize((stack) => {
      const names = { featureGroupId: 'flights', dataset: 'features', table: 'flights' };
      const group = FeatureGroup.fromFeatureGroupAttributes(stack, 'Group', { ...AT, ...names });
      expect(group.tableName).toBe('acme-ml.features.flights');
      group.grantOfflineRead(ANN);
      group.grantIngest(ANN);
    });
    expect(blocks(document, 'google_bigquery_table_iam_member')).toHaveLength(2);
    expect(schemaProblems(document)).toEqual([]);
  });
});
