/** Plans a run of a monitor: which hours are in its window, and what of them has to be counted. */
import { createHash } from 'node:crypto';
import { modelKey } from '../../../deployer/model';
import { binsId } from '../../../readers';
import type { Profile } from '../../../statistics/profile';
import type { AnalyzerEvent, AnalyzerPlan, MonitorRules, MonitorSettings } from '../../drift-contract';
import { findBaseline } from './baseline-profile';
import type { Batch, Reading } from './batches';
import { writeBatches } from './batches';
import { eachBounded } from './bounded';
import { filesToRead, fingerprint, listCaptured } from './captured-files';
import type { Cloud } from './cloud';
import type { Counting, PlannedHour } from './hour-counts';
import { storedHour } from './hour-counts';
import type { HourRange } from './hours';
import { closedHours, hoursLater, hourStart, isWithin } from './hours';
import { chosenColumns, indexesOf } from './columns';
import { readForeign, readText, writeDocument } from './objects';
import type { Run } from './run';
import { monitorOf, runOf } from './run';
import type { FileRef } from './s3-file';
import type { Traffic } from './traffic';
import { deployerRecord, findTraffic } from './traffic';

/** What a run looks at: written once, read by the judge. */
export interface MonitorPlan {
  readonly window: HourRange;
  /** The hours before: a baseline that moves along, or how much hours differ by chance. */
  readonly before: HourRange;
  /** The model's key in records; absent where versions are not told apart. */
  readonly model?: string;
  /** Where that model's traffic lies. */
  readonly traffic?: Traffic;
  /** Why nothing can be judged. */
  readonly without?: string;
  /** Key of the baseline; absent where there is none. */
  readonly profile?: string;
  /** Key prefix of the hours' counts, ending in a slash. */
  readonly counts?: string;
  /** Hours that have files. */
  readonly hours: readonly PlannedHour[];
}

/** A week before the window tells what is chance, what the daily cycle is, and what is neither. */
const CYCLE_HOURS = 168;

export const planKey = ({ prefix }: Run): string => `${prefix}plan.json`;

/** Plans a run. Planned again, it answers with the first plan: what the children find does not change under them. */
export async function planMonitor(cloud: Cloud, event: AnalyzerEvent): Promise<AnalyzerPlan> {
  const settings = monitorOf(event);
  const run = runOf(event, settings);
  const { bucket } = run.output;
  const before = await readText(cloud.s3, bucket, planKey(run));
  const plan = before === undefined ? await makePlan(cloud, event, settings, run) : (JSON.parse(before) as MonitorPlan);
  const next = plan.hours.some(({ batches = 0 }) => batches > 0) ? 'count' : 'judge';
  return { next, bucket, run: run.prefix, batches: `${run.prefix}batches/` };
}

async function makePlan(cloud: Cloud, event: AnalyzerEvent, settings: MonitorSettings, run: Run): Promise<MonitorPlan> {
  const rules = await readRules(cloud, settings);
  const window = closedHours(event.input?.until ?? event.startedAt, rules.windowHours);
  const hoursBefore = rules.baseline === 'rolling' ? rules.windowHours : CYCLE_HOURS;
  const before = { from: hoursLater(window.from, -hoursBefore), to: window.from };
  const ranges = { window, before };
  const plan: MonitorPlan = { ...ranges, ...(await planHours(cloud, settings, rules, run, ranges)) };
  await writeDocument(cloud.s3, run.output, planKey(run), plan);
  return plan;
}

/** The rules are an asset of the stack, written by its constructs. */
export async function readRules({ s3 }: Cloud, { rules }: MonitorSettings): Promise<MonitorRules> {
  return (await readForeign(s3, rules, 'the rules')) as MonitorRules;
}

async function planHours(
  cloud: Cloud,
  settings: MonitorSettings,
  rules: MonitorRules,
  run: Run,
  { window, before }: Pick<MonitorPlan, 'window' | 'before'>,
): Promise<Omit<MonitorPlan, 'window' | 'before'>> {
  const traffic = await findTraffic(cloud.s3, settings, await deployerRecord(cloud.dynamodb, settings));
  if (!traffic) return { without: `no model serves on ${settings.captured.deployer!.endpoint}`, hours: [] };
  const model = traffic.model && { model: modelKey(traffic.model) };
  const found = await findBaseline(cloud, settings, traffic.model);
  if ('without' in found) return { ...model, traffic, without: found.without, hours: [] };
  const profile = `${run.prefix}baseline.json`;
  const comparable = comparableProfile(found.profile, traffic);
  await writeDocument(cloud.s3, run.output, profile, comparable);
  const { bins } = comparable;
  const counts = `${run.output.prefix}hours/${binsId(bins)}/${modelFolder(traffic)}/`;
  const files = await listCaptured(cloud.s3, traffic, { from: before.from, to: window.to });
  const batch = { ...readingOf(rules, traffic), profile };
  const hours = await eachBounded([...files.keys()].sort(), (hour) =>
    planHour(cloud, { run, bins, counts }, { hour, files: files.get(hour)!, traffic }, batch),
  );
  const idle = !hours.some(({ hour }) => isWithin(hour, window));
  return { ...model, traffic, profile, counts, hours, ...(idle && { without: nothingCaptured(traffic, window) }) };
}

/** A folder name of a model: what records call it may be no file name. */
function modelFolder({ model }: Traffic): string {
  return model ? createHash('sha256').update(modelKey(model)).digest('hex').slice(0, 16) : 'any';
}

function nothingCaptured({ roots, bucket }: Traffic, { from, to }: HourRange): string {
  const where = roots.length === 0 ? 'anywhere yet' : `below s3://${bucket}/${roots[0]}`;
  return `nothing was captured ${where} from ${hourStart(from)} to ${hourStart(to)}`;
}

/** Asynchronous answers do not say which request they answer: of them, predictions are all that can be compared. */
function comparableProfile(profile: Profile, { mode }: Traffic): Profile {
  if (mode !== 'asynchronous') return profile;
  return chosenColumns(
    profile,
    indexesOf(profile, ({ role }) => role === 'prediction'),
  );
}

/** How captured files are read. */
function readingOf({ id, format }: MonitorRules, { mode }: Traffic): Reading {
  return { format: mode === 'realtime' ? 'capture' : format, ...(id !== undefined && { id }) };
}

/** An hour whose files are those of its stored counts is not counted again. */
async function planHour(
  cloud: Cloud,
  counting: Counting,
  { hour, files, traffic }: { hour: string; files: readonly FileRef[]; traffic: Traffic },
  reading: Reading & Pick<Batch, 'profile'>,
): Promise<PlannedHour> {
  const { format, id } = reading;
  const planned = { hour, files: files.length, fingerprint: fingerprint(files, { format, id }) };
  const stored = await storedHour(cloud, counting, planned);
  if (stored) return { ...planned, files: Math.max(stored.files, stored.damage.files) };
  const { groups, damage } = await filesToRead(cloud.s3, traffic, files);
  const batches = await writeBatches(
    cloud.s3,
    counting.run,
    hour,
    groups.map((group) => ({ ...reading, ...group })),
  );
  const read = groups.reduce((sum, group) => sum + group.files.length, damage?.files ?? 0);
  return { ...planned, files: read, batches, ...(damage && { damage }) };
}
