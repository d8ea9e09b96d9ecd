import type { AbAnchor, AbTotals } from '../statistics/ab-input';
import type { AbMetric } from '../statistics/ab-report';
import type { AbTestRules, DeploymentPolicy } from './policy';
import type { ModelRef, Owner, Slot, Variant } from './model';
import type { Request, SettledRequest } from './requests';

/** One configuration of the endpoint that was tried or served. */
export interface Deployment {
  /** Time and a random part: `20261125-154200-k3f9`. Resources and captured data carry it. */
  readonly id: string;
  /** The cloud's configuration of the endpoint; in batch mode a name that nothing has. */
  readonly configName: string;
  readonly variants: readonly Variant[];
  /** What it is served with (`servingOf`). */
  readonly serving: string;
  readonly createdAt: string;
}

/** A deployment whose model is the champion. */
export interface Champion extends Deployment {
  readonly slot: Slot;
  readonly servingSince: string;
}

/** Who may work on an endpoint: one execution at a time. */
export interface Lease {
  readonly execution: string;
  /** A backstop: a lease is also free as soon as its execution is no longer running. */
  readonly expiresAt: string;
}

/** What is done to an endpoint, and why. One is in flight at a time; it stays in the record until it is settled. */
export interface Step {
  readonly kind: 'update' | 'traffic' | 'adjust' | 'remove';
  readonly purpose:
    'deploy' | 'test' | 'promote' | 'restore' | 'policy' | 'repair' | 'rollback' | 'adjust' | 'undeploy' | 'delete';
  /** In words, for people. */
  readonly why: string;
  /** The request that asked for it. */
  readonly request?: string;
  /** Which model in which slot, for an update. A name is given where its model exists already. */
  readonly variants?: readonly (Omit<Variant, 'modelName'> & { readonly modelName?: string })[];
  /** The slot of what shall be champion afterwards. */
  readonly slot?: Slot;
  /** How traffic moves to it; `create` makes the endpoint. */
  readonly strategy?: 'create' | 'canary' | 'linear' | 'allAtOnce';
  /** For what a person chose: versions up to this number are not deployed by themselves afterwards. */
  readonly floor?: number;
  /** Weights by slot, for traffic. */
  readonly weights?: Readonly<Partial<Record<Slot, number>>>;
}

/** A step that has begun. */
export interface InFlight extends Step {
  readonly startedAt: string;
  /** When it is given up. */
  readonly deadline: string;
  /** The policy it is done under. */
  readonly policy: DeploymentPolicy;
  /** What an update makes. */
  readonly deployment?: Deployment;
  /** Whether the cloud has been asked: from then on it is waited for, not asked again. */
  readonly asked?: boolean;
  /** How far it is, where the deployer itself moves the traffic part by part. */
  readonly progress?: Progress;
}

/** How far a step is that the deployer carries out in parts. */
export interface Progress {
  /** The cloud's operation that is waited for. */
  readonly operation?: string;
  /** Percent of the requests that the candidate gets. */
  readonly percent?: number;
  /** Since when. */
  readonly since?: string;
}

/** A verdict on a challenger. */
export interface TestVerdict {
  readonly decision: 'promote' | 'restore';
  readonly reason: string;
  readonly at: string;
  readonly metrics?: readonly AbMetric[];
  /** False where the test was not carried to its end: the challenger may be deployed again. */
  readonly refused: boolean;
  /** The person's request that this settles. */
  readonly request?: string;
  /** Whether the traffic has been moved already. */
  readonly moved?: boolean;
}

/** A test that runs. It is state, not an execution: short ticks advance it. */
export interface RunningTest {
  readonly deployment: Deployment;
  readonly champion: Variant;
  readonly challenger: Variant;
  readonly rules: AbTestRules;
  /** A request that takes longer is slow, in milliseconds. */
  readonly slowMs: number;
  readonly anchor: AbAnchor;
  /** When the challenger got its traffic; absent until then. */
  readonly startedAt?: string;
  /** Counts of the minutes that are over. */
  readonly totals: AbTotals;
  /** The first minute that is not counted yet. */
  readonly countedUntil?: string;
  /** What the judge said last. */
  readonly standing?: string;
  readonly verdict?: TestVerdict;
}

/** A model that is not deployed again unless a person asks for it. */
export interface RefusedModel {
  readonly reason: string;
  readonly at: string;
}

/** Something that was decided, and why. */
export interface Decision {
  readonly at: string;
  readonly what: string;
  readonly why: string;
  /** The model it is about, as people call it. */
  readonly model?: string;
  /** What started the execution. */
  readonly cause?: string;
}

/** Which models' requests and answers lie below a deployment's prefix. */
export interface Capture {
  readonly deployment: string;
  readonly since: string;
  readonly models: Readonly<Partial<Record<Slot, ModelRef>>>;
  /** The cloud's resources that were made of them. @default - not known: an earlier version wrote it */
  readonly names?: Readonly<Partial<Record<Slot, string>>>;
}

/** All that is known about an endpoint: one document, written as a whole under the condition that nobody else wrote. */
export interface DeploymentRecord {
  readonly format: 1;
  readonly endpoint: string;
  /** Counts the writes. */
  readonly revision: number;
  readonly owner?: Owner;
  readonly lease?: Lease;
  readonly policy?: DeploymentPolicy;
  /** Which of the infrastructure's policies was read last, where they are read and not sent: each is filed once. */
  readonly policySeen?: string;
  /** What has been adjusted (`adjustableOf`). */
  readonly adjusted?: string;
  /** Not settled yet, oldest first. */
  readonly requests: readonly Request[];
  /** Latest first. */
  readonly settled: readonly SettledRequest[];
  readonly champion?: Champion;
  /** Earlier champions, latest first; their models are kept. */
  readonly previous: readonly Champion[];
  readonly inFlight?: InFlight;
  readonly test?: RunningTest;
  /** Versions up to this number are not deployed by themselves. */
  readonly floor: number;
  readonly refused: Readonly<Record<string, RefusedModel>>;
  /** Failed attempts by model that were nobody's fault. */
  readonly attempts: Readonly<Record<string, number>>;
  /** Failures in a row that were nobody's fault. */
  readonly failures: number;
  /** When the last of them was. */
  readonly failedAt?: string;
  /** After such a failure: until when nothing is begun without being asked for. */
  readonly retryAfter?: string;
  /** A person has taken the model from the endpoint: nothing is deployed until a person asks for it. */
  readonly undeployed: boolean;
  /** What earlier champions showed in their tests, latest first. */
  readonly anchors: readonly AbAnchor[];
  /** Latest first. */
  readonly captures: readonly Capture[];
  /** Latest first. */
  readonly decisions: readonly Decision[];
  /** What people have not been told of yet, oldest first. */
  readonly untold: readonly Decision[];
  /** Whether something may stand that nothing needs any more. */
  readonly untidy: boolean;
}

/** How much of each list is kept: the record stays far below the 400 KB of an item in DynamoDB. */
export const KEPT = {
  previous: 3,
  settled: 20,
  refused: 50,
  anchors: 5,
  captures: 200,
  decisions: 50,
  untold: 20,
} as const;

/** The record of an endpoint of which nothing is known. */
export function emptyRecord(endpoint: string): DeploymentRecord {
  return {
    format: 1,
    endpoint,
    revision: 0,
    requests: [],
    settled: [],
    previous: [],
    floor: 0,
    refused: {},
    attempts: {},
    failures: 0,
    undeployed: false,
    anchors: [],
    captures: [],
    decisions: [],
    untold: [],
    untidy: false,
  };
}

/**
 * Reads a stored record. What a later version of this library added is kept as it is; what an earlier one did not know has
 * the value of an empty record.
 *
 * @throws when the text is no record of this endpoint, or of a format that this version does not know
 */
export function parseRecord(endpoint: string, text: string): DeploymentRecord {
  const unreadable = (what: string) =>
    new Error(
      `the deployment record of ${endpoint} cannot be read: ${what}; restore an earlier copy of it (tables keep point-in-time copies, buckets what was overwritten), or update the library`,
    );
  let stored: Partial<DeploymentRecord> | null;
  try {
    stored = JSON.parse(text) as Partial<DeploymentRecord> | null;
  } catch {
    throw unreadable('it is no JSON');
  }
  if (typeof stored !== 'object' || stored === null) throw unreadable('it is no JSON object');
  if (stored.format !== 1) throw unreadable(`got format ${JSON.stringify(stored.format)}, known: 1`);
  if (stored.endpoint !== endpoint) throw unreadable(`it is the record of ${JSON.stringify(stored.endpoint)}`);
  return { ...emptyRecord(endpoint), ...stored } as DeploymentRecord;
}

/** The model that serves. */
export function championModel({ champion }: Pick<DeploymentRecord, 'champion'>): Variant | undefined {
  return champion?.variants.find(({ slot }) => slot === champion.slot);
}

/** The record with one more decision. The same as the last one is not said twice. */
export function withDecision(record: DeploymentRecord, decision: Decision): DeploymentRecord {
  const [last] = record.decisions;
  if (last && last.what === decision.what && last.why === decision.why && last.model === decision.model) return record;
  return { ...record, decisions: [decision, ...record.decisions].slice(0, KEPT.decisions) };
}
