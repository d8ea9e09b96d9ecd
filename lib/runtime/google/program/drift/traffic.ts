/** Which model is judged, and which deployed models of Vertex AI answer with it. */
import type { ModelRef } from '../../../../deployer/model';
import { modelKey, modelLabel } from '../../../../deployer/model';
import type { DeploymentRecord } from '../../../../deployer/record';
import { championModel, parseRecord } from '../../../../deployer/record';
import type { Requesting } from '../protocol';
import { readObject } from '../storage';
import type { Traffic } from './carry';
import type { Work } from './work';

/** The champion's traffic; why there is none, in words. */
export function* findTraffic(work: Work): Requesting<Traffic | { readonly without: string }> {
  if (work.settings.deployer === undefined) return {};
  const record = yield* deployerRecord(work);
  const champion = record && championModel(record)?.model;
  if (!champion) return { without: `no model serves on ${work.settings.monitor}` };
  const deploying = deployment(record);
  return {
    model: modelKey(champion),
    label: modelLabel(champion),
    ...(champion.number !== undefined && { version: String(champion.number) }),
    deployed: deployedAs(record, champion),
    ...(deploying !== undefined && { deploying }),
  };
}

export function* deployerRecord({ settings }: Work): Requesting<DeploymentRecord | undefined> {
  const { bucket, deployer } = settings;
  if (deployer === undefined) return undefined;
  const stored = yield* readObject(settings, { bucket, name: `${deployer}record/record.json` });
  if (!stored) return undefined;
  return parseRecord((JSON.parse(stored.text) as DeploymentRecord).endpoint, stored.text);
}

function deployedAs({ captures, champion }: DeploymentRecord, model: ModelRef): string[] {
  const served = captures.reduce<string[]>((ids, { models, names = {} }) => {
    const slots = (['a', 'b'] as const).filter((slot) => models[slot] && modelKey(models[slot]) === modelKey(model));
    return ids.concat(slots.map((slot) => names[slot]).filter((id): id is string => id !== undefined));
  }, []);
  const now = champion!.variants.filter((variant) => modelKey(variant.model) === modelKey(model));
  return [...new Set([...served, ...now.map(({ modelName }) => modelName)])].sort();
}

/** What the deployer is doing, in words. */
export function deployment({ endpoint, inFlight, test }: DeploymentRecord): string | undefined {
  if (test) return `an A/B test of ${modelLabel(test.challenger.model)} runs on ${endpoint}`;
  if (!inFlight) return undefined;
  const target = inFlight.variants?.find(({ slot }) => slot === inFlight.slot);
  return `a ${inFlight.purpose} of ${target ? modelLabel(target.model) : 'a model'} runs on ${endpoint}`;
}
