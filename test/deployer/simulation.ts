/**
 * A cloud of a few lines: what the deployer asks for happens, fails, or is rolled back without a word. It is neutral, like
 * the deployer's core; the handlers of each cloud are tried on emulators.
 */
import { judged, openMinutes } from '../../lib/deployer/ab-test';
import { decide } from '../../lib/deployer/decide';
import { filed, policyOf } from '../../lib/deployer/decide-requests';
import type { DeploymentPolicy } from '../../lib/deployer/policy';
import { servingOf } from '../../lib/deployer/policy';
import type { ModelRef } from '../../lib/deployer/model';
import type { DeploymentRecord, InFlight, Step } from '../../lib/deployer/record';
import { championModel, emptyRecord, parseRecord } from '../../lib/deployer/record';
import type { Request } from '../../lib/deployer/requests';
import { settle } from '../../lib/deployer/settle';
import { begun } from '../../lib/deployer/steps';
import type { ApprovedVersion, World } from '../../lib/deployer/world';
import { after } from '../../lib/deployer/world';
import type { SideCounts } from '../../lib/statistics';

/** How the next steps end. */
export type Fate = 'done' | 'candidateFails' | 'serviceFails' | 'noMachines' | 'silentRollback';

export const OWNER = { stack: 'arn:stack/churn', resource: 'Endpoint' };
export const NAME = 'churn';

export const version = (number: number): ApprovedVersion => ({ version: `arn:model-package/churn/${number}`, number });

/** A policy of level 1; `serving` stands for what only a rollout changes. */
export function policy(overrides: Partial<DeploymentPolicy> = {}): DeploymentPolicy {
  return {
    format: 1,
    mode: 'realtime',
    serving: { machine: 'small' },
    scaling: { minInstances: 2, maxInstances: 4, invocationsPerInstance: 1000 },
    rollout: { strategy: 'canary', percent: 50, bakeMinutes: 10 },
    alarms: { p95LatencyMs: 500, errorRatePercent: 1 },
    automatic: true,
    requireBaseline: false,
    tags: {},
    ...overrides,
  };
}

export const AB_TEST = { trafficPercent: 20, durationHours: 24, goal: 'notWorse', margin: 0.5 } as const;

/** What an endpoint of the simulation has. */
interface Endpoint {
  config: string;
  /** Weight and model by slot. */
  variants: Record<string, { model: ModelRef; weight: number }>;
  state: 'serving' | 'moving' | 'broken' | 'lost';
}

export class Simulation {
  public record: DeploymentRecord = emptyRecord(NAME);
  public endpoint?: Endpoint;
  public foreign?: string;
  public approved: ApprovedVersion[] = [];
  public now = '2026-11-25T12:00:00.000Z';
  public fate: Fate = 'done';
  /** Steps that have been carried out, latest last. */
  public readonly allSteps: Step[] = [];
  /** Counts of one minute on both sides of a test. */
  public traffic: { champion: SideCounts; challenger: SideCounts } = quiet();
  private deployments = 0;
  private requests = 0;

  /** Files a request, as `claim` does, and lets the deployer work. */
  public ask(request: Partial<Request> & Pick<Request, 'kind'>): string {
    const id = request.id ?? `request-${++this.requests}`;
    const asked = { at: this.now, by: 'someone', owner: OWNER, create: false, ...request, id } as Request;
    this.record = filed(this.record, asked, this.now);
    this.run();
    return id;
  }

  /** As `allSteps`, without the adjustments that follow every update. */
  public get steps(): Step[] {
    return this.allSteps.filter(({ kind }) => kind !== 'adjust');
  }

  /** What came of a request. */
  public outcome(id: string): { readonly done: boolean; readonly outcome: string } | undefined {
    return this.record.settled.find((one) => one.id === id);
  }

  public get serving(): ModelRef | undefined {
    return championModel(this.record)?.model;
  }

  /** One execution: turns until there is nothing to do. */
  public run(): void {
    for (let turn = 0; turn < 60; turn++) {
      this.record = parseRecord(NAME, JSON.stringify(this.record)); // as the store does
      const decided = decide(this.record, this.world());
      this.record = decided.record;
      if (decided.next === 'none' || decided.next === 'wait') return;
      if (decided.next === 'judge') {
        this.judge();
        continue;
      }
      this.carryOut(decided.step ?? this.record.inFlight!);
      this.now = after(this.now, 1);
    }
    throw new Error(`no end: ${JSON.stringify(this.steps.slice(-3))}`);
  }

  /** Lets time pass in ticks. */
  public pass(minutes: number, tick = 5): void {
    for (let passed = 0; passed < minutes; passed += tick) {
      this.now = after(this.now, tick);
      this.run();
    }
  }

  private world(): World {
    const { endpoint, foreign } = this;
    const seen = endpoint && {
      state: endpoint.state,
      configName: endpoint.config,
      ...(foreign !== undefined && { foreign }),
    };
    return { now: this.now, ...(seen && { endpoint: seen }), approved: this.approved };
  }

  private judge(): void {
    const test = this.record.test!;
    const { from, to } = openMinutes(test, this.now);
    const start = Date.parse(`${test.startedAt!.slice(0, 16)}Z`);
    const minutes = [];
    for (let time = from; time < to; time = after(time, 1)) {
      minutes.push({ minute: (Date.parse(time) - start) / 60_000, ...this.traffic });
    }
    this.record = judged(this.record, minutes, to, this.now);
  }

  private carryOut(step: Step): void {
    this.allSteps.push(step);
    const inFlight = this.begin(step);
    this.record = begun(this.record, inFlight);
    const fails = this.fate !== 'done' && (step.kind === 'update' || this.fate === 'serviceFails');
    if (!fails) this.happen(inFlight);
    const blamed = this.fate !== 'serviceFails' && this.fate !== 'noMachines';
    const ended = { done: !fails, reason: fails ? this.fate : 'done', candidateFailed: blamed };
    this.record = settle(this.record, ended, this.now);
  }

  private begin(step: Step): InFlight {
    const id = `${++this.deployments}`;
    const inForce = policyOf(this.record, step);
    const variants = (step.variants ?? []).map(({ slot, model, modelName = `model-${id}` }) => ({
      slot,
      model,
      modelName,
    }));
    const serving = servingOf(inForce);
    const deployment = { id, configName: `config-${id}`, variants, serving, createdAt: this.now };
    const update = step.kind === 'update' && { deployment };
    return { ...step, startedAt: this.now, deadline: after(this.now, 60), policy: inForce, ...update };
  }

  private happen({ kind, deployment, policy: { mode }, slot, weights }: InFlight): void {
    if (kind === 'remove') this.endpoint = undefined;
    if (kind === 'traffic') {
      for (const [name, weight] of Object.entries(weights!)) this.endpoint!.variants[name].weight = weight;
    }
    if (kind !== 'update' || mode === 'batch') return;
    const variants = deployment!.variants.map((one) => [
      one.slot,
      { model: one.model, weight: one.slot === slot ? 1 : 0 },
    ]);
    this.endpoint = { config: deployment!.configName, variants: Object.fromEntries(variants), state: 'serving' };
  }
}

/** Counts of a minute. */
export function minute(requests: number, errors: number, slow = 0): SideCounts {
  return { requests, errors, slow };
}

export function quiet(): Simulation['traffic'] {
  return { champion: minute(0, 0), challenger: minute(0, 0) };
}

/** What has to hold whenever nothing is in flight; every line is a breach. */
export function breaches({ record, endpoint }: Simulation): string[] {
  const { champion, test, policy: inForce } = record;
  const model = championModel(record);
  const wanted = test?.deployment.configName ?? champion?.configName;
  const batch = inForce?.mode === 'batch';
  const checks: [boolean, string][] = [
    [record.inFlight === undefined, 'a step is in flight'],
    [!champion || model !== undefined, 'the champion has no model in its slot'],
    [!champion || champion.variants.length === 1, 'the champion is not alone in its configuration'],
    [!champion || batch || endpoint?.config === wanted, `serves ${endpoint?.config}, not ${wanted}`],
    [!test || test.champion.slot !== test.challenger.slot, 'both sides of a test in one slot'],
    [!test || test.champion.modelName === model?.modelName, 'the test has another champion'],
    [!model || batch || endpoint?.variants[model.slot] !== undefined, 'the champion is not on the endpoint'],
    [champion !== undefined || endpoint === undefined, 'an endpoint without a champion'],
    [record.decisions.length <= 50 && record.settled.length <= 20, 'lists grow without end'],
    [JSON.stringify(record).length < 350_000, 'the record is too large for an item'],
  ];
  return checks.filter(([holds]) => !holds).map(([, breach]) => breach);
}
