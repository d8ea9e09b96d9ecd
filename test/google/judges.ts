import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { references, isExpression, reference } from '../../lib/google/diff/expressions';
import type { Reference } from '../../lib/google/diff/expressions';
import type { ArgumentFacts, ProviderFacts } from '../../lib/google/diff/provider-facts';
import { PROVIDERS } from '../../lib/google/diff/provider-facts';
import type { PlacedBlock, TerraformDocument } from '../../lib/google/diff/terraform';
import { argumentsOf, dataSourcesOf, resourcesOf } from '../../lib/google/diff/terraform';
import { App, TerraformStack } from '../../lib/google/engine';
import resourceTypes from './facts/resource-types.json';

const folders: string[] = [];
process.on('exit', () => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** The folder of a stack that `build` fills: `cdk.tf.json` and its assets. It goes with the process. */
export function synthesizeFolder(build: (stack: TerraformStack) => void, name = 'Stack'): string {
  const outdir = mkdtempSync(path.join(tmpdir(), 'cdk-mlops-google-'));
  folders.push(outdir);
  const app = new App({ outdir, stackTraces: false });
  build(new TerraformStack(app, name));
  app.synth();
  return path.join(outdir, 'stacks', name);
}

/** The Terraform JSON of a stack that `build` fills. */
export function synthesizeStack(build: (stack: TerraformStack) => void, name?: string): TerraformDocument {
  return JSON.parse(readFileSync(path.join(synthesizeFolder(build, name), 'cdk.tf.json'), 'utf8'));
}

/** The Terraform JSON of the stacks that `build` makes in an app, by their names. */
export function synthesizeStacks(build: (app: InstanceType<typeof App>) => void): Record<string, TerraformDocument> {
  const outdir = mkdtempSync(path.join(tmpdir(), 'cdk-mlops-google-'));
  folders.push(outdir);
  const app = new App({ outdir, stackTraces: false });
  build(app);
  app.synth();
  const names = readdirSync(path.join(outdir, 'stacks'));
  const read = (name: string) => JSON.parse(readFileSync(path.join(outdir, 'stacks', name, 'cdk.tf.json'), 'utf8'));
  return Object.fromEntries(names.map((name) => [name, read(name)]));
}

/** What the google provider, in each of its major versions, or Terraform itself would refuse in a document. */
export function schemaProblems(document: TerraformDocument): string[] {
  const blocks = [...resourcesOf(document), ...dataSourcesOf(document)];
  const google = blocks.filter(({ type }) => type.startsWith('google_'));
  const found = [
    ...google.flatMap(typeProblems),
    ...PROVIDERS.flatMap((facts) => google.flatMap((block) => blockProblems(block, facts))),
    ...referenceProblems(document, blocks),
    ...blocks.flatMap(orderProblems),
  ];
  return [...new Set(found)];
}

const MAJORS_BY_TYPE = new Map(
  Object.entries(resourceTypes).flatMap(([majors, types]) => types.map((type) => [type, majors] as const)),
);

/** Types that no provider has, that not every version has, or of which nothing is written down here. */
function typeProblems({ address, type }: PlacedBlock): string[] {
  const majors = MAJORS_BY_TYPE.get(type);
  const isSource = address.startsWith('data.');
  if (!isSource && majors === undefined) return [`${address}: the google provider has no resource ${type}`];
  if (!isSource && majors !== '6 7 8') return [`${address}: ${type} is in google provider ${majors} only`];
  if (typeFacts(PROVIDERS[0], address, type)) return [];
  return [`${address}: no facts of ${type}; add it to tools/generate-provider-facts.mjs`];
}

type Arguments = Readonly<Record<string, ArgumentFacts>>;

function typeFacts(facts: ProviderFacts, address: string, type: string): Arguments | undefined {
  return facts.types[address.startsWith('data.') ? `data.${type}` : type];
}

function blockProblems(placed: PlacedBlock, facts: ProviderFacts): string[] {
  const schema = typeFacts(facts, placed.address, placed.type);
  if (!schema) return [];
  const given = argumentsOf(placed.block);
  const say = (problem: string) => `${placed.address}: ${problem} (google provider ${facts.provider})`;
  return [...bodyProblems(given, schema, ''), ...combinationProblems(given, schema, '', given)].map(say);
}

/** What is wrong in the body of a resource or block. */
function bodyProblems(given: Record<string, any>, schema: Arguments, prefix: string): string[] {
  const missing = Object.entries(schema).filter(([name, { required }]) => required && isAbsent(given[name]));
  return [
    ...missing.map(([name]) => `argument ${prefix}${name} is missing`),
    ...Object.entries(given).flatMap(([name, value]) => {
      const argument = schema[name];
      if (value === null || (prefix === '' && name === 'id')) return [];
      if (!argument) return [`no argument ${prefix}${name}`];
      if (argument.readOnly) return [`argument ${prefix}${name} can only be read`];
      return valueProblems(value, argument, prefix + name);
    }),
  ];
}

function isAbsent(value: any): boolean {
  return value === undefined || value === null;
}

function valueProblems(value: any, argument: ArgumentFacts, at: string): string[] {
  if (argument.arguments) return blocksProblems(value, argument, at);
  if (isExpression(value)) return [];
  const wrong = `argument ${at} takes a ${argument.type}, got ${JSON.stringify(value)}`;
  switch (argument.type) {
    case 'list':
    case 'set':
      if (!Array.isArray(value)) return [wrong];
      return [
        ...countProblems(value.length, argument, at),
        ...value.flatMap((item, i) => scalarProblems(item, argument.of!, `${at}[${i}]`)),
      ];
    case 'map':
      if (!isObject(value)) return [wrong];
      return Object.entries(value).flatMap(([key, item]) => scalarProblems(item, argument.of!, `${at}.${key}`));
    default:
      return scalarProblems(value, argument.type, at);
  }
}

function isObject(value: any): boolean {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

const SCALARS: Readonly<Record<string, (value: any) => boolean>> = {
  string: (value) => ['string', 'number', 'boolean'].includes(typeof value),
  number: (value) => typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)),
  bool: (value) => typeof value === 'boolean' || value === 'true' || value === 'false',
};

function scalarProblems(value: any, type: string, at: string): string[] {
  if (isExpression(value) || SCALARS[type](value)) return [];
  return [`argument ${at} takes a ${type}, got ${JSON.stringify(value)}`];
}

/** Blocks, or a list of objects: only a block may stand without a list around it. */
function blocksProblems(value: any, argument: ArgumentFacts, at: string): string[] {
  if (!argument.block && isExpression(value)) return [];
  const items = argument.block && isObject(value) ? [value] : value;
  if (!Array.isArray(items) || !items.every(isObject)) {
    return [`argument ${at} takes ${argument.block ? 'blocks' : 'a list of objects'}, got ${JSON.stringify(value)}`];
  }
  return [
    ...countProblems(items.length, argument, at),
    ...items.flatMap((item) => bodyProblems(item, argument.arguments!, `${at}.`)),
  ];
}

function countProblems(count: number, { max, min }: ArgumentFacts, at: string): string[] {
  if (max !== undefined && count > max) return [`argument ${at} takes at most ${max}, got ${count}`];
  if (min !== undefined && count < min) return [`argument ${at} takes at least ${min}, got ${count}`];
  return [];
}

/** Arguments that exclude or need each other. The schema names them from the resource on: `sync_config.0.cron`. */
function combinationProblems(given: any, schema: Arguments, prefix: string, root: Record<string, any>): string[] {
  return Object.entries(schema).flatMap(([name, argument]) => {
    const at = prefix + name;
    const first = [given[name]].flat()[0];
    const inner = argument.arguments && isObject(first);
    return [
      ...ownCombinations(at, argument, root),
      ...(inner ? combinationProblems(first, argument.arguments!, `${at}.0.`, root) : []),
    ];
  });
}

function ownCombinations(name: string, argument: ArgumentFacts, root: Record<string, any>): string[] {
  const { conflictsWith = [], exactlyOneOf = [], atLeastOneOf = [], requiredWith = [] } = argument;
  const isSet = (of: string) => !isAbsent(valueAt(root, of));
  const others = isSet(name) ? conflictsWith.filter(isSet) : [];
  const lacking = isSet(name) ? requiredWith.filter((of) => !isSet(of)) : [];
  const choices = [...new Set([...exactlyOneOf, name])].sort();
  const chosen = choices.filter(isSet).length;
  const one = exactlyOneOf.length > 0 && chosen !== 1;
  const some = atLeastOneOf.length > 0 && !atLeastOneOf.some(isSet);
  return [
    ...others.map((other) => `arguments ${[name, other].sort().join(' and ')} exclude each other`),
    ...lacking.map((other) => `argument ${name} needs ${other}`),
    ...(one ? [`exactly one of ${choices.join(', ')} is needed, got ${chosen}`] : []),
    ...(some ? [`at least one of ${atLeastOneOf.join(', ')} is needed`] : []),
  ];
}

function valueAt(root: any, of: string): any {
  return of.split('.').reduce((value, step) => {
    if (isAbsent(value)) return undefined;
    return /^\d+$/.test(step) && !Array.isArray(value) ? value : value[step];
  }, root);
}

/** References to what the document does not declare, or to attributes that the type lacks. */
function referenceProblems(document: TerraformDocument, blocks: readonly PlacedBlock[]): string[] {
  const types = new Map(blocks.map(({ address, type }) => [address, type]));
  const others = [
    ...Object.keys(document.locals ?? {}).map((name) => `local.${name}`),
    ...Object.keys(document.variable ?? {}).map((name) => `var.${name}`),
    ...Object.keys(document.module ?? {}).map((name) => `module.${name}`),
  ];
  const places: Array<[string, any]> = [
    ...blocks.map(({ address, block }): [string, any] => [address, block]),
    ...Object.entries(document.output ?? {}).map(([name, value]): [string, any] => [`output.${name}`, value]),
    ...Object.entries(document.locals ?? {}).map(([name, value]): [string, any] => [`local.${name}`, value]),
  ];
  return places.flatMap(([place, value]) =>
    [...references(value), ...plainReferences(value)].flatMap((of) => {
      const type = types.get(of.address);
      if (type === undefined) return others.includes(of.address) ? [] : [`${place}: there is no ${of.address}`];
      return attributeProblems(place, of, type);
    }),
  );
}

/** Addresses that stand without `${}`. */
function plainReferences(block: any): Reference[] {
  const plain = [...(block?.depends_on ?? []), ...(block?.lifecycle?.replace_triggered_by ?? [])];
  return plain.flatMap((address: string) => reference(address) ?? []);
}

/** Terraform waits for whole resources. */
function orderProblems({ address, block }: PlacedBlock): string[] {
  const parts = ((block.depends_on ?? []) as string[]).filter((of) => reference(of)?.attribute !== undefined);
  return parts.map((of) => `${address}: depends_on takes whole resources, got ${of}`);
}

function attributeProblems(place: string, { address, attribute }: Reference, type: string): string[] {
  if (attribute === undefined || attribute === 'id') return [];
  return PROVIDERS.flatMap((facts) => {
    const schema = typeFacts(facts, address, type);
    if (!schema || attribute in schema) return [];
    return [`${place}: ${type} has no attribute ${attribute} (google provider ${facts.provider})`];
  });
}

/**
 * What an update would replace: `<address>: <argument>`. A second look at what lib/google/diff decides, by the provider's
 * ForceNew marks only. Removed resources are not listed.
 */
export function forceNewChanges(before: TerraformDocument, after: TerraformDocument): string[] {
  const old = new Map(resourcesOf(before).map((placed) => [placed.address, placed]));
  const replaced = new Map<string, string>();
  // What refers to a replaced resource changes with it, so the look is repeated until it finds nothing new.
  for (let size = -1; size !== replaced.size;) {
    size = replaced.size;
    for (const { address, type, block } of resourcesOf(after)) {
      const was = old.get(address);
      if (!was || replaced.has(address)) continue;
      const [a, b] = [argumentsOf(was.block), marked(argumentsOf(block), replaced)];
      const at = PROVIDERS.flatMap(({ types }) => forceNewChange(types[type] ?? {}, a, b, '') ?? [])[0];
      if (at !== undefined) replaced.set(address, `${address}: ${at}`);
    }
  }
  return [...replaced.values()];
}

function forceNewChange(schema: Arguments, a: any, b: any, prefix: string): string | undefined {
  for (const [name, argument] of Object.entries(schema)) {
    const [old, now] = [a?.[name], b?.[name]];
    if (JSON.stringify(old) === JSON.stringify(now)) continue;
    if (!argument.arguments) {
      if (argument.forceNew) return prefix + name;
      continue;
    }
    const [left, right] = [[old ?? []].flat(), [now ?? []].flat()];
    if (argument.forceNew && left.length !== right.length) return prefix + name;
    for (let i = 0; i < Math.max(left.length, right.length); i++) {
      const at = forceNewChange(argument.arguments, left[i], right[i], `${prefix}${name}.`);
      if (at !== undefined) return at;
    }
  }
  return undefined;
}

/** The value with every reference to what a replaced resource computes made different. */
function marked(value: any, replaced: ReadonlyMap<string, string>): any {
  const computed = references(value).some(
    ({ address, attribute }) => replaced.has(address) && (attribute === undefined || isComputed(address, attribute)),
  );
  if (typeof value === 'string') return computed ? { replaced: value } : value;
  if (!computed) return value;
  if (Array.isArray(value)) return value.map((item) => marked(item, replaced));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, marked(item, replaced)]));
}

function isComputed(address: string, attribute: string): boolean {
  const facts = PROVIDERS.map(({ types }) => types[address.split('.')[0]]?.[attribute]);
  return facts.some((argument) => argument === undefined || argument.readOnly === true);
}

export { terraformIsAtHand, terraformValidate } from './terraform';
