/**
 * A cloud of a few lines, as the deployer's program sees it: Vertex AI, Cloud Storage, Cloud Monitoring and Workflows answer its
 * requests from memory. Time passes only where the program waits.
 */
import type { Answer, HttpRequest } from '../../../lib/runtime/google/program/protocol';

export const MODEL = 'projects/acme/locations/europe-west4/models/churn';
export const ENDPOINT = 'projects/acme/locations/europe-west4/endpoints/123';
export const BUCKET = 'acme-churn';

interface Deployed {
  id: string;
  displayName: string;
  model: string;
  dedicatedResources: { minReplicaCount: number; maxReplicaCount: number; autoscalingMetricSpecs?: object[] };
}

interface Running {
  name: string;
  until: number;
  error?: { code: number; message: string };
  effect?: () => void;
}

/** What a deployed model does in a minute. */
export interface Minute {
  readonly requests: number;
  readonly errors?: number;
  readonly slow?: number;
}

const ok = (body: unknown): Answer => ({ status: 200, body });
const refused = (status: number, code: string, message: string): Answer => ({
  status,
  body: { error: { code: status, status: code, message } },
});
const missing = () => refused(404, 'NOT_FOUND', 'not found');

export class FakeCloud {
  public now = Date.parse('2026-11-26T12:00:00.000Z');
  public readonly objects = new Map<string, { text: string; generation: number }>();
  public readonly models = new Map<
    string,
    { displayName: string; aliases: string[]; labels: Record<string, string> }
  >();
  public readonly active = new Set<string>();
  public deployed: Deployed[] = [];
  public trafficSplit: Record<string, number> = {};
  public operations: Running[] = [];
  /** Time that the deployment of a model takes. */
  public deploySeconds = 600;
  /** What comes of the next models that are deployed. */
  public fates: { code: number; message: string }[] = [];
  /** What models do in every minute that they get requests in, by display name or id. */
  public doing: (model: Deployed, percent: number) => Minute = () => ({ requests: 0 });
  public readonly requests: HttpRequest[] = [];
  /** Answers instead of the cloud, where there is one. */
  public intercept: (request: HttpRequest) => Answer | undefined = () => undefined;
  public jobs: { name: string; state: string; body: unknown; error?: { message: string } }[] = [];
  private generation = 1;
  private readonly splits: { at: number; split: Record<string, number> }[] = [];

  public answer(request: HttpRequest): Answer {
    this.requests.push(request);
    this.passed();
    const url = new URL(request.url);
    return (
      this.intercept(request) ??
      (url.host.startsWith('storage') ? this.storage(request, url) : undefined) ??
      (url.host.startsWith('monitoring') ? this.monitoring(url) : undefined) ??
      (url.host.startsWith('workflowexecutions') ? this.execution(url) : undefined) ??
      this.vertex(request, url)
    );
  }

  public put(name: string, value: unknown): void {
    this.objects.set(name, { text: JSON.stringify(value), generation: this.generation++ });
  }

  public wait(seconds: number): void {
    this.now += Math.max(seconds, 1) * 1000;
    this.passed();
  }

  public register(number: number): void {
    for (const [name, one] of this.models) {
      if (name.startsWith(`${MODEL}@`)) one.aliases = one.aliases.filter((alias) => alias !== 'approved');
    }
    this.models.set(`${MODEL}@${number}`, { displayName: 'churn', aliases: ['approved'], labels: {} });
  }

  /** Operations that are over take effect. */
  private passed(): void {
    for (const one of this.operations) {
      if (one.until > this.now) continue;
      if (!one.error) one.effect?.();
      one.effect = undefined;
    }
    const last = this.splits.at(-1)?.split;
    if (JSON.stringify(last) !== JSON.stringify(this.trafficSplit)) {
      this.splits.push({ at: this.now, split: { ...this.trafficSplit } });
    }
  }

  private storage({ method, text }: HttpRequest, url: URL): Answer {
    if (method === 'POST') {
      const name = url.searchParams.get('name')!;
      const generation = this.objects.get(name)?.generation ?? 0;
      if (String(generation) !== url.searchParams.get('ifGenerationMatch')) return refused(412, 'x', 'changed');
      this.objects.set(name, { text: text!, generation: this.generation++ });
      return ok({ generation: String(this.objects.get(name)!.generation) });
    }
    const found = this.objects.get(decodeURIComponent(url.pathname.replace(/^.*\/o\//, '')));
    if (!found) return missing();
    const asked = url.searchParams.get('generation');
    if (url.searchParams.get('alt') !== 'media') return ok({ generation: String(found.generation) });
    return asked === String(found.generation) ? ok(found.text) : missing();
  }

  private execution(url: URL): Answer {
    return ok({ state: this.active.has(url.pathname.replace('/v1/', '')) ? 'ACTIVE' : 'SUCCEEDED' });
  }

  private vertex({ method, body }: HttpRequest, url: URL): Answer {
    const [name, call] = url.pathname.replace('/v1/', '').split(/:(?=[a-z]+$)/i);
    const given = body as Record<string, any>;
    if (name === `${ENDPOINT}/operations`) return ok({ operations: this.operations.map((one) => this.shown(one)) });
    if (name.includes('/operations/')) return ok(this.shown(this.operations.find((one) => one.name === name)!));
    if (name.includes('/batchPredictionJobs')) return this.job(method, name, given);
    if (name === ENDPOINT) return call === undefined ? this.endpoint(method, given) : this.change(call, given);
    if (name.endsWith('/models') && call === 'upload') return this.upload(given);
    if (name.endsWith('/models')) return ok({ models: this.uploads() });
    return this.model(method, name, call, given);
  }

  private shown({ name, until, error }: Running): object {
    return until > this.now ? { name } : { name, done: true, ...(error ? { error } : { response: {} }) };
  }

  private endpoint(method: string, given: Record<string, any>): Answer {
    if (method === 'PATCH') this.trafficSplit = given.trafficSplit;
    this.passed();
    return ok(method === 'PATCH' ? {} : { deployedModels: this.deployed, trafficSplit: this.trafficSplit });
  }

  private change(call: string, given: Record<string, any>): Answer {
    if (this.operations.some(({ until }) => until > this.now)) {
      return refused(400, 'FAILED_PRECONDITION', 'There are other operations running on the endpoint.');
    }
    if (call === 'deployModel') return this.deploy(given);
    if (call === 'undeployModel') {
      const { deployedModelId: id, trafficSplit } = given;
      const gets = (trafficSplit ?? this.trafficSplit)[id] ?? 0;
      if (gets > 0 && this.deployed.length > 1) return refused(400, 'INVALID_ARGUMENT', 'it gets requests');
      return this.operation(60, () => {
        this.deployed = this.deployed.filter((one) => one.id !== id);
        this.trafficSplit = this.deployed.length === 0 ? {} : (trafficSplit ?? this.trafficSplit);
      });
    }
    return this.operation(60, () => {
      const { id, dedicatedResources } = given.deployedModel;
      Object.assign(this.deployed.find((one) => one.id === id)!.dedicatedResources, dedicatedResources);
    });
  }

  private deploy({ deployedModel, trafficSplit }: Record<string, any>): Answer {
    const error = this.fates.shift();
    return this.operation(
      this.deploySeconds,
      () => {
        this.deployed = [...this.deployed, structuredClone(deployedModel)];
        if (!trafficSplit) return;
        const parts = Object.entries(trafficSplit as Record<string, number>);
        this.trafficSplit = Object.fromEntries(parts.map(([id, part]) => [id === '0' ? deployedModel.id : id, part]));
      },
      error,
    );
  }

  private operation(seconds: number, effect: () => void, error?: Running['error']): Answer {
    const name = `${ENDPOINT}/operations/${this.operations.length + 1}`;
    this.operations.push({ name, until: this.now + seconds * 1000, effect, error });
    return ok({ name });
  }

  private upload({ modelId, model }: Record<string, any>): Answer {
    const name = `projects/acme/locations/europe-west4/models/${modelId}`;
    return this.operation(120, () => this.models.set(name, { ...model, aliases: ['default'] }));
  }

  private uploads(): object[] {
    const labelled = [...this.models].filter(([, { labels }]) => 'cdk_mlops_endpoint' in labels);
    return labelled.map(([name, { displayName }]) => ({ name, displayName }));
  }

  private model(method: string, name: string, call: string | undefined, given: Record<string, any>): Answer {
    const alias = name.replace(/^.*@/, '');
    const key = this.models.has(name) ? name : [...this.models].find(([, one]) => one.aliases.includes(alias))?.[0];
    if (key === undefined) return missing();
    if (method === 'DELETE') this.models.delete(key);
    const found = this.models.get(key);
    if (call === 'mergeVersionAliases') {
      for (const one of this.models.values()) {
        one.aliases = one.aliases.filter((other) => !given.versionAliases.includes(other));
      }
      found!.aliases.push(...given.versionAliases);
    }
    return ok({ name: key, versionId: key.split('@')[1], versionAliases: found?.aliases });
  }

  private job(method: string, name: string, given: Record<string, any>): Answer {
    if (method === 'POST' && name.endsWith('Jobs')) {
      this.jobs.push({ name: `${name}/${this.jobs.length + 1}`, state: 'JOB_STATE_RUNNING', body: given });
      return ok({ name: this.jobs.at(-1)!.name });
    }
    const found = this.jobs.find((one) => one.name === name);
    return found ? ok(found) : missing();
  }

  /** Points of every minute between the times that are asked for: a model that gets requests does what it does. */
  private monitoring(url: URL): Answer {
    const from = Date.parse(url.searchParams.get('interval.startTime')!);
    const to = Date.parse(url.searchParams.get('interval.endTime')!);
    const filter = url.searchParams.get('filter')!;
    const series = this.deployed
      .filter(({ id }) => filter.includes(`"${id}"`))
      .flatMap((model) =>
        filter.includes('response_count') ? this.counts(model, from, to) : [this.times(model, from, to)],
      );
    return ok({ timeSeries: series });
  }

  private minutes<T>(model: Deployed, from: number, to: number, value: (minute: Minute) => T): object[] {
    const points = [];
    for (let end = from + 60_000; end <= to; end += 60_000) {
      const split = this.splits.findLast(({ at }) => at <= end - 60_000)?.split ?? {};
      const percent = split[model.id] ?? 0;
      if (percent > 0)
        points.push({ interval: { endTime: new Date(end).toISOString() }, value: value(this.doing(model, percent)) });
    }
    return points.reverse();
  }

  private counts(model: Deployed, from: number, to: number): object[] {
    const series = (code: string, count: (minute: Minute) => number) => ({
      metric: { labels: { deployed_model_id: model.id, response_code: code } },
      points: this.minutes(model, from, to, (minute) => ({ int64Value: String(count(minute)) })),
    });
    return [series('200', ({ requests, errors = 0 }) => requests - errors), series('503', ({ errors = 0 }) => errors)];
  }

  private times(model: Deployed, from: number, to: number): object {
    const bucketOptions = { explicitBuckets: { bounds: [100, 500, 1000] } };
    const histogram = ({ requests, slow = 0 }: Minute) => ({
      distributionValue: {
        count: String(requests),
        bucketOptions,
        bucketCounts: ['0', String(requests - slow), String(slow)],
      },
    });
    const labels = { deployed_model_id: model.id, latency_type: 'model' };
    return { metric: { labels }, points: this.minutes(model, from, to, histogram) };
  }
}
