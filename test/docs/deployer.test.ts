import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { statusDocument, statusLines } from '../../bin/status-report';
import { painter } from '../../bin/terminal';
import { deployerDefinition } from '../../lib/aws/deployer/definition';
import { ModelEndpoint } from '../../lib/aws/model-endpoint';
import { ModelRegistry } from '../../lib/aws/model-registry';
import { decide } from '../../lib/deployer/decide';
import { judgeIsDue, openMinutes, started, WARM_UP_MINUTES } from '../../lib/deployer/ab-test';
import { servingOf, worstCaseMinutes } from '../../lib/deployer/policy';
import type { RunningTest } from '../../lib/deployer/record';
import type { Cloud } from '../../lib/runtime/aws/deployer/cloud';
import { createAlarms } from '../../lib/runtime/aws/deployer/alarms';
import { emptyRecord, KEPT, parseRecord } from '../../lib/deployer/record';
import { after, MOST_VERSIONS } from '../../lib/deployer/world';
import { deployer } from '../../lib/runtime/google/program/deployer/program';
import { MOST_CHARACTERS } from '../../lib/runtime/google/program/deployer/trim';
import { program } from '../../lib/runtime/google/program/entry';
import { Stage } from '../runtime/google/runner';
import { declarationsIn } from './declarations';
import { expectTags } from './follow';
import { blocks, page, ROOT } from './pages';

const text = page('docs/deployer.md');
const svg = page('docs/deployer.svg');

/** The part of the page below a heading of the second level. */
const section = (heading: string) => text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';

/** The cells of the rows of a part's tables. */
const rows = (part: string) =>
  [...part.matchAll(/^\| (.*) \|$/gm)].map(([, row]) => row.split(' | ').map((cell) => cell.trim()));

/** What stands between backticks. */
const code = (part: string) =>
  [...part.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`]+)`/g)].map(([, word]) => word);

/** The code of first cells. */
const firstCells = (part: string) => rows(part).flatMap(([cell]) => code(cell));

/** The words of a union of string literals that a member of an interface takes. */
function wordsOf(file: string, member: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(path.join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const words = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isPropertySignature(node) && node.name.getText() === member) {
      for (const [, word] of (node.type?.getText() ?? '').matchAll(/'(\w+)'/g)) words.add(word);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...words];
}

const { States, TimeoutSeconds } = deployerDefinition('arn:aws:lambda:eu-west-1:123456789012:function:f') as {
  readonly States: Readonly<Record<string, any>>;
  readonly TimeoutSeconds: number;
};

/** What `claim` may answer, as the choice after it reads it. */
const NEXT = [
  ...States['What next?'].Choices.map(({ And }: any) => And.find((one: any) => one.StringEquals).StringEquals),
  'none',
];

describe('docs/deployer.svg', () => {
  const marked = (name: string) =>
    [...svg.matchAll(new RegExp(`<text class="${name}"[^>]*>([^<]+)<`, 'g'))].map(([, word]) => word);

  test('has the states of the definition, and no other', () => {
    expect([...new Set(marked('state'))].sort()).toEqual(Object.keys(States).sort());
  });

  test('has every answer of claim', () => {
    expect([...new Set(marked('next'))].sort()).toEqual([...NEXT, 'next'].sort()); // one explains the others
    expect(NEXT.sort()).toEqual(wordsOf('lib/runtime/contract.ts', 'next').sort());
  });

  test('marks the states by where an error leads', () => {
    const drawn = [
      ...svg.matchAll(/<text class="state"[^>]*>([^<]+)<\/text>\s*<circle class="badge[^>]*>\s*<text[^>]*>(\w)</g),
    ];
    const letters = { SettleFailure: 'S', Lost: 'L', Failed: 'F', SettlePrediction: 'P' } as Record<string, string>;
    const asArrows = { DescribeEndpoint: 'Verify', Notify: 'CleanUpUntold' };
    const caught = Object.entries(States).flatMap(([name, { Catch, Next }]) => {
      const [to] = (Catch ?? []).map((one: any) => one.Next);
      return to === undefined || to === Next || name in asArrows ? [] : [`${name} ${letters[to]}`];
    });
    expect(drawn.map(([, name, letter]) => `${name} ${letter}`).sort()).toEqual(caught.sort());
    for (const [name, to] of Object.entries(asArrows)) expect(States[name].Catch[0].Next).toBe(to);
  });

  test('says what verify answers where it is not settled', () => {
    const labels = [...svg.matchAll(/<text class="label"[^>]*>([^<]+)</g)].map(([, label]) => label.split(':')[0]);
    const ways = States['Verified?'].Choices.map(({ And }: any) => And[1].StringEquals);
    expect(labels).toEqual(expect.arrayContaining(ways));
    expect([...ways, 'done', 'failed'].sort()).toEqual(wordsOf('lib/runtime/contract.ts', 'result').sort());
  });

  test('follows light and dark, has a title, and loads nothing', () => {
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).toMatch(/<title id="title">.+<\/title>/);
    expect(svg).not.toMatch(/<script|<image|@import|(href|src)="http/);
  });
});

describe('docs/deployer.md', () => {
  test('has the answers of claim, with the states that follow', () => {
    const said = rows(section('The state machine')).flatMap(([next, , then]) => {
      return then?.startsWith('`') ? [[...code(next), ...code(then)]] : [];
    });
    const real = States['What next?'].Choices.map(({ And, Next }: any) => [And[1].StringEquals, Next]);
    expect(said.sort()).toEqual([...real, ['none', States['What next?'].Default]].sort());
  });

  test('has every field of the record, and how much of it is kept', () => {
    const fields = rows(section('The record')).filter(([cell, , kept]) => /^`\w+`$/.test(cell) && /^\d*$/.test(kept));
    expect(fields.map(([cell]) => code(cell)[0])).toEqual(declarationsInOrder());
    const kept = fields.filter(([, , number]) => number).map(([cell, , number]) => [code(cell)[0], Number(number)]);
    expect(Object.fromEntries(kept)).toEqual(KEPT);
  });

  /** The fields of the record, in the order in which the code declares them. */
  function declarationsInOrder(): string[] {
    return declarationsIn('lib/deployer')('DeploymentRecord');
  }

  test('shows a record that can be read, with which there is nothing to do', () => {
    const [sample] = blocks(text).filter(({ tags }) => 'record' in tags);
    const record = parseRecord('flight-delay', sample.text);
    const { champion, policy } = record;
    expect(champion!.serving).toBe(servingOf(policy!));
    const world = {
      now: '2026-11-25T12:00:00.000Z',
      endpoint: { state: 'serving' as const, configName: champion!.configName },
      approved: [8, 7].map((number) => ({
        version: champion!.variants[0].model.version!.replace(/7$/, `${number}`),
        number,
      })),
    };
    expect(decide(record, world)).toEqual({ record, next: 'none' });
    expect(statusLines(record, [], painter({ write: () => true } as any, {})).join('\n')).toContain(
      'version 7 in slot a',
    );
  });

  test('has the states of status, and those of SageMaker', () => {
    const { champion } = parseRecord('flight-delay', blocks(text).find(({ tags }) => 'record' in tags)!.text);
    const empty = emptyRecord('flight-delay');
    const states = [{ ...empty, champion }, { ...empty, undeployed: true }, empty].map(
      (record) => (statusDocument(record, []) as { state: string }).state,
    );
    for (const state of states) expect(code(section('The record'))).toContain(state);
    const [, moving] = States['At rest?'].Choices;
    const [, statuses] = rows(section('The record')).find(([cell]) => cell === '`moving`')!;
    expect(code(statuses)).toEqual(moving.Or.map((one: any) => one.StringEquals));
    const seen = rows(section('The record')).filter((cells) => cells.length === 3 && /`[A-Z]/.test(cells[1]));
    expect(seen.slice(1).flatMap(([cell]) => code(cell))).toEqual(wordsOf('lib/deployer/world.ts', 'state'));
  });

  test('has every request, in its rank', () => {
    const order = section('What goes first').match(/^\d\. .*$/gm)!;
    const kinds = wordsOf('lib/deployer/requests.ts', 'kind')
      .filter((word) => word !== 'kind') // of the index type Request['kind']
      .sort();
    expect(order.slice(0, 3).flatMap(code).sort()).toEqual(kinds);
    expect(order.map((line) => code(line).length)).toEqual([1, 4, 1, 0]);
  });

  test('has every purpose and kind of a step', () => {
    expect(
      firstCells(section('Steps'))
        .filter((word) => word !== 'purpose')
        .sort(),
    ).toEqual(wordsOf('lib/deployer/record.ts', 'purpose').sort());
    const kinds = rows(section('Steps'))
      .flatMap(([, kind]) => code(kind))
      .filter((word) => word !== 'kind');
    expect([...new Set(kinds)].sort()).toEqual(wordsOf('lib/deployer/record.ts', 'kind').sort());
  });

  test('has the times of a test', () => {
    const test = { rules: { durationHours: 24 } } as RunningTest;
    const moved = '2026-11-25T12:00:30.000Z';
    const running = started(test, moved);
    const minutes = Array.from({ length: 20 }, (_none, minute) => minute);
    const [first] = minutes.filter((minute) => judgeIsDue(running, after(moved, minute)));
    expect(section('A/B tests')).toContain(`| 0 to ${WARM_UP_MINUTES} `);
    expect(Date.parse(running.countedUntil!) - Date.parse(openMinutes(running, running.countedUntil!).to)).toBe(
      3 * 60_000,
    );
    expect(section('A/B tests')).toContain(`${first - 1} to ${first + 5} minutes after the traffic has moved`);
  });

  test('has the retries and limits of the code', () => {
    const [never, always] = States.Claim.Retry;
    expect(never.MaxAttempts).toBe(0);
    expect(section('What is tried again')).toContain(
      `${always.MaxAttempts} retries, from ${always.IntervalSeconds} seconds, doubling`,
    );
    expect(section('Limits')).toMatch(new RegExp(`^\\| an execution +\\| ${TimeoutSeconds / 3600} hours`, 'm'));
    expect(section('Limits')).toMatch(
      new RegExp(`^\\| one task +\\| ${States.Claim.TimeoutSeconds / 60} minutes`, 'm'),
    );
    const source = (name: string) => readFileSync(path.join(ROOT, 'lib', name), 'utf8');
    const number = (name: string, constant: string) =>
      Number(new RegExp(`const ${constant} = ([\\d_]+)`).exec(source(name))![1].replaceAll('_', ''));
    const runtime = 'runtime/aws/deployer';
    const longest = number(`${runtime}/ask.ts`, 'LONGEST_ROLLOUT') / 3600;
    expect(section('Limits')).toContain(`${longest} hours, by SageMaker`);
    const minutes = number('runtime/aws/endpoint-resource.ts', 'ANSWER_MINUTES');
    expect(section('Limits')).toContain(`after ${minutes} minutes of the hour`);
    expect(section('When something goes wrong')).toContain(`may not end within ${minutes} minutes`);
    const endOfTest = number(`${runtime}/answer-due.ts`, 'END_OF_TEST_MINUTES');
    expect(section('Limits')).toContain(`${endOfTest} minutes for the end of a test`);
    expect(section('Limits')).toContain(`${number(`${runtime}/claim.ts`, 'MOST_TURNS')} looks`);
    expect(section('Limits')).toContain(`the ${MOST_VERSIONS} created last`);
    const reason = number('deployer/settle.ts', 'LONGEST_REASON').toLocaleString('en');
    expect(section('Limits')).toMatch(new RegExp(`^\\| a reason in the record +\\| ${reason} characters`, 'm'));
    expect(section('What is tried again')).toContain(`${number('deployer/settle.ts', 'MOST_ATTEMPTS')} attempts with`);
    expect(section('Steps')).toContain(
      `${worstCaseMinutes({ rollout: { strategy: 'allAtOnce', percent: 50, bakeMinutes: 0 } })} minutes for machines`,
    );
  });

  test('has the alarms of candidates', async () => {
    const made: any[] = [];
    const cloud = { cloudwatch: { send: async ({ input }: any) => void made.push(input) } } as unknown as Cloud;
    const { champion, policy } = parseRecord('flight-delay', blocks(text).find(({ tags }) => 'record' in tags)!.text);
    await createAlarms(cloud, 'flight-delay', champion!, policy!, []);
    const said = rows(section('Rollouts'));
    const [errors, latency] = made;
    expect(said.slice(2).map(([cell]) => code(cell)[0])).toEqual(
      made.map(({ AlarmName }) => AlarmName.replace(champion!.configName, '<config>')),
    );
    expect([errors.DatapointsToAlarm, errors.EvaluationPeriods]).toEqual([2, 3]);
    expect(said[0][1]).toContain('two minutes of three');
    const numbers = (alarm: any) =>
      [...alarm.Metrics[0].Expression.matchAll(/>= (\d+)/g)].map(([, number]: any) => number);
    const [requests, failures] = numbers(errors);
    expect(said[2][1]).toContain(`of at least ${requests} requests at least ${failures} failed`);
    expect(said[3][1]).toContain(`of at least ${numbers(latency)[0]} requests the 95th percentile`);
    expect(latency.Metrics.some(({ MetricStat }: any) => MetricStat?.Stat === 'p95')).toBe(true);
    const metrics = [
      ...new Set(made.flatMap(({ Metrics }) => Metrics.map(({ MetricStat }: any) => MetricStat?.Metric.MetricName))),
    ];
    expect(
      said
        .slice(2)
        .flatMap(([, , cell]) => code(cell))
        .sort(),
    ).toEqual(metrics.filter(Boolean).sort());
  });

  test('does its sums', () => {
    const both = section('Costs') + section('On Google Cloud');
    const sums = [...both.matchAll(/((?:[\d,]+ × )+[\d,]+) = ([\d,]+)/g)];
    expect(sums.length).toBeGreaterThan(5);
    const value = (digits: string) => Number(digits.replaceAll(',', ''));
    for (const [, product, sum] of sums) {
      expect(
        product
          .split(' × ')
          .map(value)
          .reduce((a, b) => a * b),
      ).toBe(value(sum));
    }
    expect(code(section('Costs')).slice(0, 5)).toEqual(['Task', 'Claim', 'Settled request?', 'What next?', 'Done']);
  });

  test('has the activities of the program on Google Cloud, and its numbers', () => {
    const part = section('On Google Cloud');
    const named = [...part.matchAll(/^\| (`.*?`) +\| .* \|$/gm)].flatMap(([, cell]) => code(cell));
    expect(named.sort()).toEqual(Object.keys(deployer).sort());
    const source = (name: string) => readFileSync(path.join(ROOT, 'lib/runtime/google/program/deployer', name), 'utf8');
    const number = (name: string, constant: string) =>
      Number(new RegExp(`const ${constant} = ([\\d_]+)`).exec(source(name))![1].replaceAll('_', ''));
    expect(part).toContain(`every ${number('work.ts', 'POLL_SECONDS')} seconds`);
    expect(part).toContain(`count up to ${number('judge.ts', 'MOST_MINUTES')} minutes`);
    expect(part).toContain(`again after ${number('claim.ts', 'REPLACED_SECONDS') / 60} minutes`);
    expect(part).toContain(`${number('claim.ts', 'MOST_TURNS')} looks`);
    expect(part.replace(/\s+/g, ' ')).toContain(`been over for ${number('watch.ts', 'MATURITY_MINUTES')},`);
    expect(part).toContain(`keeps to ${MOST_CHARACTERS.toLocaleString('en')} characters`);
  });

  test('has the turns and requests of a look on Google Cloud', () => {
    const stage = new Stage();
    stage.approve(1);
    const turns = new Set<string>();
    stage.program = (input) => {
      turns.add(input);
      return program(input);
    };
    const before = stage.cloud.requests.length;
    stage.run();
    const requests = stage.cloud.requests.length - before;
    const part = section('On Google Cloud');
    expect(part).toContain(`asks the program ${turns.size} times and makes ${requests} requests`);
    expect(part).toContain(`about ${15 * turns.size + 6 * requests + 10} `);
  });

  test('says of every shell block that it needs an account', () => expectTags(blocks(text)));
});

describe('docs/deployer.md and the template', () => {
  const stack = new Stack(new App({ analyticsReporting: false }), 'Stack');
  const encryptionKey = new kms.Key(stack, 'Key');
  const props = {
    registry: ModelRegistry.fromModelPackageGroupName(stack, 'Registry', 'flight-delay'),
    artifactBucket: new s3.Bucket(stack, 'Bucket', { encryptionKey }),
    encryptionKey,
    topic: new sns.Topic(stack, 'Topic', { masterKey: encryptionKey }),
    vpc: new ec2.Vpc(stack, 'Vpc'),
  };
  const endpoint = new ModelEndpoint(stack, 'Endpoint', { ...props, endpointName: 'flight-delay', abTesting: true });
  new ModelEndpoint(stack, 'Untested', { ...props, endpointName: 'fares' });
  const resources = Template.fromStack(stack).toJSON().Resources as Record<string, any>;

  /** The actions that a role of the deployer has. */
  function actionsOf(role: string): string[] {
    const id = stack.getLogicalId(
      endpoint.deployer.node
        .findChild(role.split('/')[0])
        .node.findAll()
        .find((one) => one.node.path.endsWith(`${role}/Resource`)) as any,
    );
    const statements = resources[id].Properties.Policies.flatMap(({ PolicyDocument }: any) => PolicyDocument.Statement);
    return [...new Set<string>(statements.flatMap(({ Action }: any) => Action))].sort();
  }

  test.each([
    ['Function', 'Function/Role'],
    ['State machine', 'MachineRole'],
    ['Custom resource', 'EndpointResource/Role'],
    ['Events', 'EventRole'],
  ])('name the same actions of the role %s', (name, role) => {
    const listed = rows(section('Permissions')).filter(([cell]) => cell === name);
    const actions = listed.flatMap(([, cell]) => code(cell));
    expect([...new Set(actions)].sort()).toEqual(actionsOf(role));
  });

  test('name the same events', () => {
    const sources = Object.values(resources).flatMap(({ Properties }: any) => Properties?.EventPattern?.source ?? []);
    const causes = rows(section('When it starts')).flatMap(([, , cause]) => code(cause ?? ''));
    expect(causes.filter((cause) => cause.startsWith('aws.')).sort()).toEqual(
      [...new Set([...sources, 'aws.events'])].sort(), // the schedule
    );
  });

  test('name the same failures of executions', () => {
    const { Metrics } = Object.entries(resources).find(([id]) => /FailureAlarm/.test(id))![1].Properties;
    const names = Metrics.flatMap(({ MetricStat }: any) => MetricStat?.Metric.MetricName ?? []);
    expect(names.sort()).toEqual(['ExecutionsAborted', 'ExecutionsFailed', 'ExecutionsTimedOut']);
    expect(section('When something goes wrong').replaceAll('\n', ' ')).toContain(
      'every execution that failed, was stopped or ran out of time',
    );
  });

  test('name the same schedule', () => {
    const rates = Object.values(resources).map(({ Properties }: any) => Properties?.ScheduleExpression);
    expect(rates.filter(Boolean).sort()).toEqual(['rate(1 hour)', 'rate(5 minutes)']);
    expect(section('When it starts')).toContain('every 5 minutes with A/B tests, every hour without');
  });
});
