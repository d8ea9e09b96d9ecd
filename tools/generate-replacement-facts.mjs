// Writes lib/aws/facts/replacement.json from @aws-cdk/aws-service-spec: per CloudFormation resource type, which property
// paths replace the resource when they change, and which properties are its name. Run it after the spec's version changes:
//
//   node tools/generate-replacement-facts.mjs            # write the file
//   node tools/generate-replacement-facts.mjs --check    # exit 1 when the file is stale
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const SPEC = '@aws-cdk/aws-service-spec';
const output = path.resolve(import.meta.dirname, '../lib/aws/facts/replacement.json');

/** The type definitions inside a property's type, each with the path that leads into it: `*` for an element or key. */
function innerTypes(db, type, steps = []) {
  if (type.type === 'ref') return [{ definition: db.get('typeDefinition', type.reference.$ref), steps }];
  if (type.type === 'array' || type.type === 'map') return innerTypes(db, type.element, [...steps, '*']);
  if (type.type === 'union') return type.types.flatMap((member) => innerTypes(db, member, steps));
  return [];
}

/**
 * Every marked path below `properties`. A marked property covers what is inside it: the spec often leaves newer children of
 * an immutable property unmarked. Recursive types end at their first repetition.
 */
function* markedPaths(db, properties, prefix = [], seen = []) {
  for (const [name, property] of Object.entries(properties)) {
    const here = [...prefix, name];
    const effect = property.causesReplacement ?? 'no';
    if (effect !== 'no') yield { path: here, effect };
    if (effect === 'yes') continue;
    for (const { definition, steps } of innerTypes(db, property.type)) {
      if (!seen.includes(definition.$id)) {
        yield* markedPaths(db, definition.properties, [...here, ...steps], [...seen, definition.$id]);
      }
    }
  }
}

/** The properties that are a resource's name in its account and region, where a template can set them; else none. */
function nameProperties(resource) {
  const settable = (names) => names?.length && names.every((name) => name in resource.properties);
  if (settable(resource.primaryIdentifier)) return resource.primaryIdentifier;
  if (settable(resource.cfnRefIdentifier)) return resource.cfnRefIdentifier;
  const usual = [`${resource.name}Name`, 'Name'].find((name) => resource.properties[name]?.causesReplacement === 'yes');
  return usual ? [usual] : [];
}

/** What the file says of one type; an empty object is a known type that nothing replaces. */
function typeFacts(db, resource) {
  const marked = [...markedPaths(db, resource.properties)];
  for (const steps of resource.additionalReplacementProperties ?? []) marked.push({ path: steps, effect: 'yes' });
  const paths = (effect) => [...new Set(marked.filter((m) => m.effect === effect).map((m) => m.path.join('.')))].sort();
  const yes = paths('yes');
  const facts = { yes, maybe: paths('maybe').filter((p) => !yes.includes(p)), name: nameProperties(resource) };
  return Object.fromEntries(Object.entries(facts).filter(([, values]) => values.length > 0));
}

/** The file's text: one line per type, so that an update of the spec reads well as a diff. */
async function render() {
  const db = await require(SPEC).loadAwsServiceSpec();
  const source = { package: SPEC, version: require(`${SPEC}/package.json`).version };
  const lines = [...db.all('resource')]
    .sort((a, b) => (a.cloudFormationType < b.cloudFormationType ? -1 : 1))
    .map((resource) => `${JSON.stringify(resource.cloudFormationType)}:${JSON.stringify(typeFacts(db, resource))}`);
  return `{"source":${JSON.stringify(source)},"types":{\n${lines.join(',\n')}\n}}\n`;
}

const text = await render();
if (!process.argv.includes('--check')) writeFileSync(output, text);
else if (readFileSync(output, 'utf8') !== text) {
  console.error('lib/aws/facts/replacement.json is stale: run tools/generate-replacement-facts.mjs');
  process.exit(1);
}
