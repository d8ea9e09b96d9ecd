import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { EXAMPLE, configFile, lines, run, scratch } from './harness';

const LEVELS = [0, 1, 2].flatMap((from) => [0, 1, 2].map((to) => [from, to]));

test.each(LEVELS)('level %i → %i is accepted', async (from, to) => {
  const { code, stdout, stderr } = await run('diff', EXAMPLE, '--from', `${from}`, '--to', `${to}`, '--json');
  expect([code, stderr]).toEqual([0, '']);
  const { changes, refused, summary } = JSON.parse(stdout);
  expect(refused).toEqual([]);
  expect(changes.filter((c: any) => c.stateful && c.kind !== 'updated')).toEqual([]);
  if (from === to) expect(changes).toEqual([]);
  if (from < to) expect(summary).toMatchObject({ removed: 0, replaced: 0, orphaned: 0, verdict: 'accepted' });
  if (from > to) expect(summary).toMatchObject({ added: 0, replaced: 0, orphaned: 0, verdict: 'accepted' });
});

test('the table names what is added and ends with the verdict', async () => {
  const { stdout } = await run('diff', EXAMPLE, '--from', '0', '--to', '1');
  expect(stdout).toMatch(/^level 0 → level 1\n/);
  expect(stdout).toMatch(/^Training\n(.*\n)* {2}\+ Training +AWS::SageMaker::Pipeline$/m);
  expect(lines(stdout).at(-1)).toBe('nothing stateful is replaced or removed');
  expect((await run('diff', EXAMPLE, '--from', '1', '--to', '1')).stdout).toContain('nothing changes');
});

describe('against an earlier config', () => {
  /** The example with something else in it. */
  const edited = (edit: (config: any) => void) => {
    const config = parse(readFileSync(EXAMPLE, 'utf8'));
    config.training.source = EXAMPLE.replace('mlops.yaml', 'training');
    edit(config);
    return configFile(config);
  };
  const flights = 0;

  test.each<[string, (config: any) => void, string]>([
    ['name', (c) => (c.name = 'other'), 'name cannot change (flight-delay → other)'],
    ['a removed feature', (c) => c.featureStore.groups[flights].features.pop(), 'features.route_delay_7d is removed'],
    [
      'a feature type',
      (c) => (c.featureStore.groups[flights].features[2].type = 'float'),
      'features.distance.type cannot change (integer → float)',
    ],
    ['a group name', (c) => (c.featureStore.groups[flights].name = 'trips'), 'featureStore.groups.flights is removed'],
    [
      'the identifier',
      (c) => (c.featureStore.groups[flights].recordIdentifier = 'origin'),
      'recordIdentifier cannot change (flight_id → origin)',
    ],
    [
      'the event time',
      (c) => (c.featureStore.groups[flights].eventTime = 'origin'),
      'eventTime cannot change (event_time → origin)',
    ],
    ['the online store', (c) => (c.featureStore.groups[flights].online = false), 'online cannot change (true → false)'],
    [
      'the offline store',
      (c) => (c.featureStore.groups[flights].offline = false),
      'offline cannot change (true → false)',
    ],
    [
      'the table format',
      (c) => (c.aws = { offlineTableFormat: 'glue' }),
      'offlineTableFormat cannot change (iceberg → glue)',
    ],
    ['the section', (c) => delete c.featureStore, 'featureStore.groups.flights is removed'],
  ])('%s is refused, naming the field and the way out', async (_, edit, reason) => {
    const config = edited((c) => {
      edit(c);
      if (c.featureStore?.groups[0].online === false) delete c.featureStore.groups[0].ttlHours;
    });
    const { code, stderr } = await run('diff', config, '--against', EXAMPLE);
    expect(code, stderr).toBe(3);
    expect(stderr).toContain(reason);
    expect(lines(stderr).every((line) => line.startsWith('refused ') && line.includes('; '))).toBe(true);
  });

  test.each<[string, (config: any) => void]>([
    ['a new feature', (c) => c.featureStore.groups[flights].features.push({ name: 'carrier', type: 'string' })],
    ['another time to live', (c) => (c.featureStore.groups[flights].ttlHours = 24)],
    ['another threshold', (c) => (c.training.evaluation.threshold = 0.7)],
    ['a new group', (c) => c.featureStore.groups.push({ ...c.featureStore.groups[flights], name: 'more' })],
  ])('%s is accepted', async (_, edit) => {
    expect(await run('diff', edited(edit), '--against', EXAMPLE)).toMatchObject({ code: 0, stderr: '' });
  });

  test('an assembly refuses the same, with the reasons in the document and on standard error', async () => {
    const out = scratch();
    await run('synth', EXAMPLE, '--out', out);
    expect(await run('diff', EXAMPLE, '--against', out)).toMatchObject({ code: 0 });
    const config = edited((c) => c.featureStore.groups[flights].features.pop());
    const { code, stdout, stderr } = await run('diff', config, '--against', out, '--json');
    expect(code).toBe(3);
    const { refused, summary } = JSON.parse(stdout);
    expect(summary.verdict).toBe('refused');
    expect(refused).toEqual([
      {
        subject: expect.stringContaining('(AWS::SageMaker::FeatureGroup)'),
        reason: "feature 'route_delay_7d' is removed, which Feature Store cannot do",
        wayOut: 'keep the feature as it is, or add a new group with another name',
      },
    ]);
    expect(lines(stderr)).toHaveLength(1);
  });
});

describe('two assemblies', () => {
  test('are compared without their configs', async () => {
    const [before, after] = [scratch(), scratch()];
    await run('synth', EXAMPLE, '--level', '2', '--out', before);
    await run('synth', EXAMPLE, '--level', '0', '--out', after);
    const { code, stdout } = await run('diff', after, '--against', before, '--json');
    const { summary } = JSON.parse(stdout);
    expect([code, summary.verdict, summary.removed > 5]).toEqual([0, 'accepted', true]);
  });
});

describe('what cannot be compared', () => {
  test('a folder that is no assembly', async () => {
    const folder = scratch();
    const { code, stderr } = await run('diff', EXAMPLE, '--against', folder);
    expect([code, stderr]).toEqual([
      1,
      `--against: ${folder} is a folder without a manifest.json that lists artifacts, allowed: config files, or the folder of one cloud assembly\n`,
    ]);
  });

  test('an assembly with a nested stack whose template is elsewhere', async () => {
    const out = scratch();
    await run('synth', EXAMPLE, '--level', '0', '--out', out);
    const file = path.join(
      out,
      readdirSync(out).find((name) => /^[^.]+\.template\.json$/.test(name))!,
    );
    const template = JSON.parse(readFileSync(file, 'utf8'));
    template.Resources.Far = { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'https://a/b.json' } };
    writeFileSync(file, JSON.stringify(template));
    expect(await run('diff', EXAMPLE, '--against', out)).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^[\w-]+\/Far: its template is not named in the assembly; synthesize with [^\n]+\n$/,
      ),
    });
  });

  test('a file that does not exist', async () => {
    expect(await run('diff', EXAMPLE, '--against', 'nothing')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'nothing: no such file\n',
    });
  });

  test('a level that the config does not reach, each problem on its line', async () => {
    const { code, stdout, stderr } = await run('diff', configFile({ name: 'm', level: 0 }), '--from', '0', '--to', '2');
    expect([code, stdout]).toEqual([1, '']);
    expect(lines(stderr).every((line) => line.startsWith('at level 2: '))).toBe(true);
    expect(stderr).toContain('at level 2: featureStore.groups: level 2 needs it');
  });
});
