/** A resource of either cloud. */
export interface PlacedResource {
  /** Unique in its stack. */
  readonly id: string;
  readonly type: string;
  /** Path of its construct in the app. */
  readonly constructPath?: string;
}

/** Where a resource belongs: the part of the pipeline, and its path in it. */
export interface Place {
  readonly part: string;
  readonly path: string;
}

/** The place of a construct path such as `flight-delay/Pipeline/Training/Role/Resource`: part Training, path Role. */
export function placeOf(constructPath: string | undefined, logicalId: string): Place {
  if (constructPath === undefined) return { part: 'Stack', path: logicalId };
  const steps = constructPath.split('/').slice(1);
  if (steps[0] === 'Pipeline' && steps.length > 1) steps.shift();
  while (steps.length > 1 && ['Resource', 'Default'].includes(steps.at(-1)!)) steps.pop();
  if (steps.length === 1) return { part: steps[0], path: steps[0] };
  return { part: steps[0], path: steps.slice(1).join('/') };
}

/** How many resources each part has, most first. */
export function countByPart(
  resources: readonly PlacedResource[],
): ReadonlyArray<readonly [part: string, count: number]> {
  const counts = new Map<string, number>();
  for (const { constructPath, id } of resources) {
    const { part } = placeOf(constructPath, id);
    counts.set(part, (counts.get(part) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}
