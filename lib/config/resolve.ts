import path from 'node:path';
import type { z } from 'zod';
import type { Capability } from './capabilities';
import { plainCopy, rootProblem } from './plain';
import { ConfigError, isWithin, join } from './problems';
import type { ConfigProblem } from './problems';
import { RULES } from './rules';
import type { ConfigDraft, RuleContext } from './rules/rule';
import { schemas } from './schema';
import type { ResolvedConfig, ResolvedSections, Section } from './schema';
import { checkShape } from './shape';

/** How a whole config is resolved. */
export interface ResolveOptions {
  /**
   * Folder against which a relative `training.source` resolves.
   * @default - it stays relative
   */
  readonly baseDir?: string;

  /**
   * The cloud that the config is meant for: its locations and its section are checked too.
   * @default - what holds on both clouds
   */
  readonly cloud?: 'aws' | 'google';

  /**
   * Also check that `training.source` and its scripts exist.
   * @default false
   */
  readonly checkFiles?: boolean;
}

/** How sections are resolved apart from a whole config. */
export interface SectionsOptions {
  /**
   * What each section is called in problems.
   * @default - its key in the config
   */
  readonly at?: Readonly<Partial<Record<Section, string>>>;

  /**
   * The cloud whose locations are required.
   * @default - either
   */
  readonly cloud?: 'aws' | 'google';

  /**
   * Capabilities whose sections must be there.
   * @default - none
   */
  readonly capabilities?: readonly Capability[];
}

const SECTIONS: readonly Section[] = [
  'data',
  'training',
  'serving',
  'monitoring',
  'retraining',
  'featureStore',
  'aws',
  'google',
];

/** Validates a whole config and fills in the defaults. Throws a ConfigError that lists every problem. */
export function resolveConfig(input: unknown, options: ResolveOptions = {}): ResolvedConfig {
  const root = rootProblem(input);
  if (root !== undefined) throw new ConfigError([{ path: '', message: root }]);
  const context = {
    sections: SECTIONS,
    whole: true,
    cloud: options.cloud,
    files: options.checkFiles ? (options.baseDir ?? '.') : undefined,
  };
  const config = check(schemas().config, input, context);
  const { training } = config;
  if (training === undefined || options.baseDir === undefined) return config;
  return { ...config, training: { ...training, source: path.resolve(options.baseDir, training.source) } };
}

/** Validates one section and fills in its defaults. `at` names it in problems. Throws a ConfigError. */
export function resolveSection<S extends Section>(
  section: S,
  value: unknown,
  at: string = section,
): ResolvedSections[S] {
  const resolved = resolveSections({ [section]: value ?? {} }, { at: { [section]: at } });
  return resolved[section] as ResolvedSections[S];
}

/** As `resolveSection`, for props that hold the section's keys among others (object references). Problems name bare keys. */
export function resolveProps<S extends Section>(section: S, props: object): ResolvedSections[S] {
  return resolveSection(section, pickSection(section, props), '');
}

/** The keys of a section that an object holds. */
export function pickSection(section: Section, props: object): Record<string, unknown> {
  const keys = sectionKeys(section);
  return Object.fromEntries(Object.entries(props).filter(([key]) => keys.includes(key)));
}

/** The keys that a section knows. */
export function sectionKeys(section: Section): readonly string[] {
  const schema = schemas()[section];
  return Object.keys('shape' in schema ? schema.shape : schema.in.shape);
}

/** Validates several sections with the rules between them. Those not given stay absent. Throws a ConfigError. */
export function resolveSections<Given extends Partial<Record<Section, unknown>>>(
  values: Given,
  options: SectionsOptions = {},
): { readonly [S in Section & keyof Given]: ResolvedSections[S] } {
  const given = SECTIONS.filter((section) => values[section] !== undefined);
  const { z } = require('zod') as typeof import('zod');
  const schema = z.strictObject(Object.fromEntries(given.map((section) => [section, schemas()[section]])));
  const context = { sections: given, whole: false, cloud: options.cloud, capabilities: options.capabilities };
  const input = Object.fromEntries(given.map((section) => [section, values[section]]));
  const rename = (path: string) => renameSection(path, options.at ?? {});
  return check<any>(schema, input, context, rename);
}

function renameSection(path: string, at: Readonly<Partial<Record<Section, string>>>): string {
  const section = SECTIONS.find((name) => isWithin(path, name));
  const name = section === undefined ? undefined : at[section];
  if (section === undefined || name === undefined) return path;
  const rest = path.slice(section.length);
  return name === '' ? rest.replace(/^\./, '') : name + rest;
}

/** Shape and rules together: rules run on what is valid, and only where they cannot mislead. */
function check<Output>(
  schema: z.ZodType<Output>,
  input: unknown,
  context: RuleContext,
  rename: (path: string) => string = (path) => path,
): Output {
  const copy = plainCopy(input);
  const shape = checkShape(schema, copy.value);
  const refused = copy.problems.map((problem) => problem.path);
  const known = shape.problems.filter(({ path }) => !refused.includes(path));
  const broken = ruleProblems(shape.draft as ConfigDraft, context, [...refused, ...shape.unknown]);
  const problems = unique([...copy.problems, ...known, ...broken]);
  if (problems.length > 0 || shape.output === undefined) {
    throw new ConfigError(problems.map((problem) => ({ ...problem, path: rename(problem.path) })));
  }
  return shape.output;
}

function ruleProblems(draft: ConfigDraft, context: RuleContext, unknown: readonly string[]): ConfigProblem[] {
  const isUnknown = (read: string) => unknown.some((path) => isWithin(path, read) || isWithin(read, path));
  return RULES.filter((rule) => rule.sections.every((section) => context.sections.includes(section)))
    .filter((rule) => !rule.reads.some(isUnknown))
    .flatMap((rule) => rule.check(draft, context));
}

function unique(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...new Map(problems.map((problem) => [join(problem.path, problem.message), problem])).values()];
}
