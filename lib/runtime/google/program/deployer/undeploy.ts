/** Takes models from the endpoint, one after another. */
import type { Requesting } from '../protocol';
import type { Asked, Endpoint } from '../vertex';
import { undeployModel } from '../vertex';
import type { Work } from './work';

/** Asks that one of some models goes: first those that get no requests. What one of them got goes to the heir, or to whoever stays. */
export function* undeployOne(
  { settings }: Work,
  { deployedModels = [], trafficSplit = {} }: Endpoint,
  ids: readonly string[],
  heir?: string,
): Requesting<Asked> {
  const share = (id: string) => trafficSplit[id] ?? 0;
  const [id] = [...ids].sort((a, b) => share(a) - share(b));
  const others = deployedModels.map((one) => one.id).filter((other) => other !== id);
  const next = heir ?? others.sort((a, b) => share(b) - share(a))[0];
  const handsOver = share(id) > 0 && next !== undefined;
  return yield* undeployModel(settings, settings.endpointId!, id, handsOver ? { [next]: 100 } : undefined);
}
