import { beforeEach, expect, test } from 'vitest';
import { PLACE, monitored, serveFakeGoogle, standing } from './fake-google';
import { configFile, lines, run } from './harness';

const google = serveFakeGoogle();
const CONFIG = configFile({ name: 'm', level: 0, google: { project: 'acme-ml', region: 'europe-west4' } }, 'm.json');
const EXECUTION = `${PLACE}/workflows/m-drift/executions/1`;

beforeEach(() => {
  standing(google);
  monitored(google);
});

/** How an execution ends, at the second look. */
function ends(changes: object): void {
  let looks = 0;
  google.follow = (execution) => ++looks > 1 && Object.assign(execution, changes);
}

const decides = (started: boolean, reason: string) => {
  const retraining = started ? `${PLACE}/workflows/m-training/executions/1` : undefined;
  ends({ state: 'SUCCEEDED', result: JSON.stringify({ reason, retraining }) });
};

test('asks the monitor, and says what it decided', async () => {
  decides(true, 'a retraining started:\nnew features');
  const { code, stdout, stderr } = await run('retrain', CONFIG, '--why', ' new features ');
  expect(google.argument).toEqual({ task: 'retrain', cause: 'command line', why: 'new features' });
  expect(Object.keys(google.executions)).toEqual([EXECUTION]);
  expect([code, stderr]).toEqual([0, 'the analyzer decides\n']);
  expect(lines(stdout)).toEqual([
    'm: a retraining started: new features',
    `follow it with: cdk-mlops status ${CONFIG}`,
  ]);
});

test('what is not started ends with exit code 3 and the reason', async () => {
  decides(false, 'not now: the training runs already');
  const { code, stdout, stderr } = await run('retrain', CONFIG, '--json', '--why', 'x');
  expect([code, lines(stderr).at(-1)]).toEqual([3, 'm: not now: the training runs already']);
  expect(JSON.parse(stdout)).toEqual({
    monitor: 'm',
    why: 'x',
    execution: EXECUTION,
    started: false,
    reason: 'not now: the training runs already',
  });
});

test('an execution that failed is said', async () => {
  ends({ state: 'FAILED', error: { payload: '"no\\nrules"' } });
  const { code, stderr } = await run('retrain', CONFIG);
  expect([code, lines(stderr).at(-1)]).toEqual([
    3,
    `nothing was decided: the monitor's execution ended as FAILED (no rules); see ${EXECUTION}`,
  ]);
});

test('the monitor can be named without a config', async () => {
  decides(true, 'started');
  const place = ['--cloud', 'google', '--project', 'acme-ml', '--region', 'europe-west4'];
  const { code, stdout } = await run('retrain', '--monitor', 'm', ...place);
  expect([code, lines(stdout)[1]]).toEqual([
    0,
    'follow it with: cdk-mlops status --endpoint m --project acme-ml --region europe-west4 --cloud google',
  ]);
});

const problem = async (...argv: string[]) => {
  const { code, stdout, stderr } = await run('retrain', ...argv);
  expect([stdout, google.executions]).toEqual(['', {}]);
  return [code, lines(stderr)[0]];
};

test('what is not there is said, with the way out', async () => {
  monitored(google, {});
  expect(await problem(CONFIG)).toEqual([
    1,
    'monitor m knows no training pipeline; turn retraining on in its config (level 2, or capabilities: { retraining: true } at level 1) and apply it',
  ]);
  expect(await problem(CONFIG, '--monitor', 'x')).toEqual([
    1,
    'drift monitor x does not stand in project acme-ml, region europe-west4: there is no workflow x-drift; apply its stack first, or name another place with --project or --region',
  ]);
  expect(await problem('--cloud', 'google')).toEqual([
    2,
    'retrain needs a config file, or --monitor NAME with --project and --region',
  ]);
});
