/** Decides on a retraining, and starts it. */
import type { ModelPackageSummary, PipelineExecutionSummary } from '@aws-sdk/client-sagemaker';
import { modelLabel } from '../../../deployer/model';
import type { DeploymentRecord } from '../../../deployer/record';
import { championModel } from '../../../deployer/record';
import type { MonitorRecord } from '../../../monitoring/record';
import { withDecision } from '../../../monitoring/record';
import type { RetrainingAnswer, RetrainingQuestion, RetrainingWorld } from '../../../monitoring/retraining';
import { decideRetraining, withExecution, withIntent } from '../../../monitoring/retraining';
import type { AnalyzerEvent, AnalyzerResult, MonitorSettings } from '../../drift-contract';
import type { Cloud } from './cloud';
import { AnalysisFailure } from './errors';
import { readRules } from './monitor-plan';
import { countNewSamples } from './new-data';
import { displayName, newestExecutions, newestVersions, startPipeline } from './pipeline';
import { monitorOf } from './run';
import { message } from './tell';
import { deployerRecord } from './traffic';

/** What is asked, as long as the record is not known. */
type Asked = Omit<RetrainingQuestion, 'record' | 'why'>;

/**
 * Decides, and starts the pipeline. That it is about to start is written before it is asked for: whoever comes after a crash
 * finds the intent and asks with the same token, or finds the execution by its name.
 */
export async function retrain(cloud: Cloud, event: AnalyzerEvent): Promise<AnalyzerResult> {
  const settings = monitorOf(event);
  const by = event.input!.task === 'retrain' ? 'person' : 'drift';
  const { retraining: place, name } = settings;
  const { retraining: rules } = await readRules(cloud, settings);
  if (!place || !rules)
    throw new AnalysisFailure(`nothing is retrained by ${name}: the config has no retraining, or it is switched off`);
  const executions = await newestExecutions(cloud, place.pipelineName);
  await noteExecutions(cloud, name, executions);
  const world = await observe(cloud, settings, executions, by);
  const { cause, why } = event.input!;
  const asked: Asked = { now: event.startedAt, by, cause, rules, world };
  const decided = await decide(cloud, name, asked, why);
  if (!decided.start) return { ...quiet, retrain: false, reason: `${decided.what}: ${decided.why}` };
  const execution = await startPipeline(cloud, place.pipelineName, decided.token, decided.why);
  await cloud.store.change(name, (record) => ({
    record: withExecution(record, decided.token, execution),
    result: undefined,
  }));
  const reason = `a retraining started: ${decided.why}`;
  return {
    ...quiet,
    retrain: true,
    reason,
    ...message(settings, 'a retraining started', `${reason}\n\nExecution: ${execution}`),
  };
}

const quiet = { events: [] } as const;

/** Notes executions that were started and whose start was not noted: a run ended in between. */
async function noteExecutions(
  { store }: Cloud,
  name: string,
  executions: readonly PipelineExecutionSummary[],
): Promise<void> {
  const byName = new Map(executions.map((one) => [one.PipelineExecutionDisplayName, one.PipelineExecutionArn]));
  await store.change(name, (record) => {
    const open = record.retrainings.filter(
      ({ token, execution }) => execution === undefined && byName.has(displayName(token)),
    );
    const noted = open.reduce((sum, { token }) => withExecution(sum, token, byName.get(displayName(token))!), record);
    return { record: noted, result: undefined };
  });
}

function decide({ store }: Cloud, name: string, asked: Asked, why: string | undefined): Promise<RetrainingAnswer> {
  return store.change(name, (before) => {
    const known = decidedBefore(before, asked);
    if (known) return { record: before, result: known };
    const result = decideRetraining({ ...asked, record: before, why: why ?? whyOf(before, asked) });
    const { now: at, cause } = asked;
    const record = withDecision(before, { at, what: result.what, why: result.why, cause });
    const intent = { token: result.token, at, cause, why: result.why };
    return { record: result.start ? withIntent(record, intent) : record, result };
  });
}

/** What this execution decided before its answer was lost. It goes on where a start was not noted. */
function decidedBefore({ retrainings, decisions }: MonitorRecord, { now }: Asked): RetrainingAnswer | undefined {
  const mine = retrainings.find(({ at }) => at === now);
  if (mine) return { start: true, token: mine.token, what: 'retrain', why: mine.why };
  const said = decisions.find(({ at, lastAt = at, what }) => lastAt === now && what === 'not now');
  return said && { start: false, token: '', what: 'not now', why: said.why };
}

function whyOf({ state, since, quality, qualitySince, runs: [last] }: MonitorRecord, { by, cause }: Asked): string {
  if (by === 'person') return `asked for by a person (${cause})`;
  const reasons = [
    ...(state === 'drift' ? [`drift since ${since}: ${last?.reason ?? 'no reason is on record'}`] : []),
    ...(quality === 'drift'
      ? [`poor quality since ${qualitySince}: ${last?.quality?.reason ?? 'no reason is on record'}`]
      : []),
  ];
  return reasons.join('; ') || 'an alarm came after its drift had ended';
}

async function observe(
  cloud: Cloud,
  settings: MonitorSettings,
  executions: readonly PipelineExecutionSummary[],
  by: 'drift' | 'person',
): Promise<RetrainingWorld> {
  const running = executions.filter(
    ({ PipelineExecutionStatus: status }) => status === 'Executing' || status === 'Stopping',
  );
  const deployer = await deployerRecord(cloud.dynamodb, settings);
  const deploying = deployer && deployment(deployer);
  const inFlight = {
    running: running.map(({ PipelineExecutionArn }) => PipelineExecutionArn!),
    ...(deploying && { deploying }),
  };
  if (by === 'person') return { ...inFlight, newSamples: { count: null, how: 'a person asked' } };
  const versions = await newestVersions(cloud, settings.retraining!.modelPackageGroup);
  const { retrainings } = await cloud.store.read(settings.name);
  const pending = waiting(versions, retrainings[0]?.at);
  const champion = deployer && championModel(deployer)?.model;
  const newSamples = await countNewSamples(cloud, settings, champion, versions[0]?.ModelPackageArn);
  return { ...inFlight, newSamples, ...(pending && { pending }) };
}

/** What the deployer is doing, in words. */
function deployment({ endpoint, inFlight, test }: DeploymentRecord): string | undefined {
  if (test) return `an A/B test of ${modelLabel(test.challenger.model)} runs on ${endpoint}`;
  if (!inFlight) return undefined;
  const target = inFlight.variants?.find(({ slot }) => slot === inFlight.slot);
  return `a ${inFlight.purpose} of ${target ? modelLabel(target.model) : 'a model'} runs on ${endpoint}`;
}

/** A version that came of the last retraining, or after it, and on which nobody has decided. */
function waiting(versions: readonly ModelPackageSummary[], since: string | undefined): string | undefined {
  const open = versions.find(
    ({ ModelApprovalStatus, CreationTime }) =>
      ModelApprovalStatus === 'PendingManualApproval' && since !== undefined && CreationTime! >= new Date(since),
  );
  return open && `version ${open.ModelPackageVersion} waits for approval`;
}
