import type { ModelRef } from '../lib/deployer/model';
import type { Champion, DeploymentRecord, RunningTest } from '../lib/deployer/record';
import { modelLabel } from '../lib/deployer/model';
import { championModel } from '../lib/deployer/record';
import type { MonitorRecord } from '../lib/monitoring/record';
import type { SideCounts } from '../lib/statistics/ab-input';
import { count, inFlightText, listed, part, plain, time } from './operations/texts';
import { monitorDocument, monitorRows } from './monitor-report';
import type { Painter } from './terminal';
import { columns } from './terminal';

/**
 * What is known of the drift monitors of an endpoint: their records, or in a sentence why they could not be read. Nothing
 * where no stack was looked into.
 */
export type Monitors = readonly MonitorRecord[] | string | undefined;

/** The document of `status --json`. */
export function statusDocument(record: DeploymentRecord, monitors: Monitors): object {
  const { endpoint, champion, inFlight, test, requests, settled, previous, refused, decisions } = record;
  return {
    endpoint,
    state: stateOf(record),
    ...(champion && { champion: championDocument(champion) }),
    ...(inFlight && { inFlight: stepDocument(inFlight) }),
    ...(test && { test: testDocument(test) }),
    requests: requests.map(({ id, kind, at, by }) => ({ id, kind, at, by })),
    settled,
    previous: previous.map(championDocument),
    refused: Object.entries(refused).map(([model, { reason, at }]) => ({ model, reason, at })),
    decisions,
    ...(typeof monitors === 'string' ? { monitorsUnknown: monitors } : { monitors: monitors?.map(monitorDocument) }),
  };
}

function stateOf({ champion, undeployed }: DeploymentRecord): 'serving' | 'undeployed' | 'empty' {
  return champion ? 'serving' : undeployed ? 'undeployed' : 'empty';
}

function championDocument(champion: Champion): object {
  const { id, slot, servingSince, configName } = champion;
  return { model: championModel({ champion })?.model ?? {}, slot, servingSince, deployment: id, configName };
}

function stepDocument(step: NonNullable<DeploymentRecord['inFlight']>) {
  const { kind, purpose, why, request, progress, startedAt, deadline } = step;
  return { kind, purpose, why, request, percent: progress?.percent, startedAt, deadline };
}

function testDocument(test: RunningTest): object {
  const { champion, challenger, rules, startedAt, countedUntil, totals, standing, verdict } = test;
  const models = { champion: champion.model, challenger: challenger.model };
  return { ...models, rules, startedAt, endsAt: endOf(test), countedUntil, totals, standing, verdict };
}

function endOf({ startedAt, rules }: RunningTest): string | undefined {
  const end = Date.parse(startedAt ?? '') + rules.durationHours * 3_600_000;
  return Number.isNaN(end) ? undefined : new Date(end).toISOString();
}

/** The status for people. */
export function statusLines(record: DeploymentRecord, monitors: Monitors, paint: Painter): string[] {
  const { inFlight, test, requests, previous, refused, settled, decisions } = record;
  const [last] = settled;
  const rows = [
    ['serving', servingText(record)],
    ['in flight', inFlight ? inFlightText(inFlight) : 'nothing'],
    ...(test ? testRows(test) : []),
    ...requests.map(({ id, kind, by, at }) => ['waiting', `${kind} by ${plain(by)}, since ${time(at)} (${id})`]),
    ...listed('previous', previous, previousText),
    ...listed('refused', Object.entries(refused), ([model, { reason, at }]) => {
      return `${modelName(model)}: ${plain(reason)} (${time(at)})`;
    }),
    ...(last ? [['last request', `${last.kind} ${last.done ? 'done' : 'not done'}: ${plain(last.outcome)}`]] : []),
    ...listed('decided', decisions, ({ at, what, model, why }) => {
      return `${time(at)} ${plain(what)}${model ? `, ${plain(model)}` : ''}: ${plain(why)}`;
    }),
    ...(typeof monitors === 'string'
      ? [['monitor', `not known: ${plain(monitors)}`]]
      : (monitors ?? []).flatMap(monitorRows)),
  ];
  return [paint('bold', plain(record.endpoint)), ...columns(rows.map(([name, text]) => [`  ${name}`, text]))];
}

function servingText(record: DeploymentRecord): string {
  const { champion } = record;
  if (champion) {
    return `${labelOf(championModel(record)?.model)} in slot ${champion.slot} since ${time(champion.servingSince)}`;
  }
  if (record.undeployed) return 'nothing: the model was taken from the endpoint; deploy a version by its number';
  return 'nothing: no model has been deployed yet; approve a version, or deploy one by its number';
}

const labelOf = (model: ModelRef = {}) => plain(modelLabel(model));

/** A model by what it is remembered by: the number of a version is enough. */
function modelName(key: string): string {
  const [, number] = /(?::model-package\/[^/]+\/|\/models\/[^/]+@)(\d+)$/.exec(key) ?? [];
  return number === undefined ? plain(key) : `version ${number}`;
}

function previousText(champion: Champion): string {
  return `${labelOf(championModel({ champion })?.model)}, from ${time(champion.servingSince)}`;
}

function testRows(test: RunningTest): string[][] {
  const { champion, challenger, rules, startedAt, totals, standing, verdict } = test;
  const sides = `${labelOf(challenger.model)} against ${labelOf(champion.model)}`;
  const end = endOf(test);
  const since =
    startedAt === undefined || end === undefined
      ? 'no traffic yet'
      : `since ${time(startedAt)}, until ${time(end)} at the latest`;
  const said = verdict ? `${verdict.decision}: ${verdict.reason}` : standing;
  return [
    ['A/B test', `${sides} with ${rules.trafficPercent} % of the requests, ${since}`],
    ['  champion', sideText(totals.champion)],
    ['  challenger', sideText(totals.challenger)],
    ...(said === undefined ? [] : [['  judge', plain(said)]]),
  ];
}

function sideText({ requests, errors, slow }: SideCounts): string {
  return `${count(requests)} requests, ${part(errors, requests)} errors, ${part(slow, requests)} slow`;
}
