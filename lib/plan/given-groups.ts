import type { Plan } from './plan';

/** Feature groups that stand already, by their name in the config. A map: a group may be called like something that every object has. */
export function givenGroups<Group>(groups: Readonly<Record<string, Group>> | undefined): ReadonlyMap<string, Group> {
  return new Map(Object.entries(groups ?? {}));
}

/** The names of a config's groups, in its order. */
export function groupNames({ featureStore }: Plan): string[] {
  return featureStore?.groups.map(({ name }) => name) ?? [];
}

/** What is wrong with given groups: names that the config does not have; undefined when nothing is. */
export function unknownGroups(given: ReadonlyMap<string, unknown>, names: readonly string[]): string | undefined {
  const unknown = [...given.keys()].filter((name) => !names.includes(name));
  if (unknown.length === 0) return undefined;
  return `featureGroups: got ${unknown.join(', ')}, the config's groups are: ${names.join(', ') || 'none'}; name a group of the config`;
}
