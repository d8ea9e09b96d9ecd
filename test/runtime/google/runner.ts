/** What lib/google/workflows/runner.ts does, in a few lines: it carries the requests of a program, and looks for what it must not do. */
import { expect } from 'vitest';
import type { DeploymentRecord } from '../../../lib/deployer/record';
import { emptyRecord } from '../../../lib/deployer/record';
import type { GooglePolicy } from '../../../lib/runtime/google-contract';
import { program } from '../../../lib/runtime/google/program/entry';
import type { Answer, Ending, LogEntry, TurnInput, TurnOutput } from '../../../lib/runtime/google/program/protocol';
import { BUCKET, ENDPOINT, FakeCloud, MODEL } from './fake-cloud';

export const SETTINGS = {
  project: 'acme',
  region: 'europe-west4',
  endpoint: 'churn',
  endpointId: ENDPOINT,
  bucket: BUCKET,
  folder: 'deployments/churn/',
};

export const RECORD = 'deployments/churn/record/record.json';
export const POLICY = 'deployments/churn/policy.json';

export function policy(overrides: Partial<GooglePolicy> = {}): GooglePolicy {
  return {
    format: 1,
    mode: 'realtime',
    serving: { machineType: 'n2-standard-4', serviceAccount: 'serving@acme.iam.gserviceaccount.com', environment: {} },
    scaling: { minInstances: 2, maxInstances: 4, invocationsPerInstance: 1000 },
    rollout: { strategy: 'canary', percent: 50, bakeMinutes: 10 },
    alarms: { p95LatencyMs: 500, errorRatePercent: 1 },
    automatic: true,
    requireBaseline: false,
    tags: {},
    owner: { stack: 'churn', resource: 'Endpoint' },
    model: MODEL,
    ...overrides,
  };
}

interface Ended {
  readonly result?: unknown;
  readonly failure?: string;
  readonly log: LogEntry[];
  readonly activities: string[];
}

/** One endpoint, its cloud, and the workflow that works on it. */
export class Stage {
  public readonly cloud = new FakeCloud();
  /** Characters of question and answer of the largest turn. */
  public largestTurn = 0;
  /** What people were told, in the order of it. */
  public readonly told: string[] = [];
  /** Called before an activity; answers whether the execution dies here. */
  public dies: (activity: string) => boolean = () => false;
  public settings: object = SETTINGS;
  public program = program;
  private executions = 0;

  constructor(inForce?: Partial<GooglePolicy>) {
    this.cloud.put(POLICY, policy(inForce));
  }

  public get record(): DeploymentRecord {
    const text = this.cloud.objects.get(RECORD)?.text;
    return text === undefined ? emptyRecord('churn') : (JSON.parse(text) as DeploymentRecord);
  }

  /** Runs one execution to its end. */
  public run(argument: unknown = {}): Ended {
    const execution = `projects/acme/locations/europe-west4/workflows/churn/executions/${++this.executions}`;
    this.cloud.active.add(execution);
    const ended = this.activities(execution, argument);
    this.cloud.active.delete(execution);
    this.told.push(...ended.log.map(({ json }) => (json as { deployment: { what: string } }).deployment.what));
    return ended;
  }

  /** Approves a version, and lets the deployer work. */
  public approve(number: number): Ended {
    this.cloud.register(number);
    return this.run();
  }

  /** Lets minutes pass between ticks of the schedule. */
  public ticks(count: number, minutes = 5): void {
    for (let tick = 0; tick < count; tick++) {
      this.cloud.wait(minutes * 60);
      this.run();
    }
  }

  private activities(execution: string, argument: unknown): Ended {
    let next: NonNullable<Ending['next']> = { activity: 'start' };
    const [log, activities]: [LogEntry[], string[]] = [[], []];
    for (let looks = 0; looks < 2000; looks++) {
      if (this.dies(next.activity)) return { log, activities };
      activities.push(next.activity);
      const now = new Date(this.cloud.now).toISOString().replace('Z', '123Z'); // as a workflow writes it
      const context = { execution, now, settings: this.settings, argument };
      const ending = this.activity({
        program: 'deployer',
        activity: next.activity,
        context,
        carry: next.carry ?? null,
      });
      log.push(...(ending.log ?? []));
      if (!ending.next) return { ...ending, log, activities };
      this.cloud.wait(ending.next.waitSeconds ?? 0);
      next = ending.next;
    }
    throw new Error(`no end after ${activities.slice(-20).join()}`);
  }

  private activity(input: Omit<TurnInput, 'answers'>): Ending {
    let answers: Answer[] = [];
    for (;;) {
      const question = JSON.stringify({ ...input, answers });
      const text = this.program(question);
      expect(this.program(question), `${input.activity} twice`).toBe(text);
      this.largestTurn = Math.max(this.largestTurn, question.length + text.length);
      const output = JSON.parse(text) as TurnOutput;
      if (!('requests' in output)) return output;
      answers = [...answers, ...output.requests.map((request) => this.cloud.answer(request))];
    }
  }
}
