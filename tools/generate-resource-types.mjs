// Writes lib/google/l1/resource-types.ts from lib/google/facts: the arguments of the resource types in use, those that every
// major version of the google provider has.
//
//   node tools/generate-resource-types.mjs            # write the file
//   node tools/generate-resource-types.mjs --check    # exit 1 when the file is stale
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';

const facts = path.resolve(import.meta.dirname, '../lib/google/facts');
const output = path.resolve(import.meta.dirname, '../lib/google/l1/resource-types.ts');

const SCALARS = { string: 'string', number: 'number', bool: 'boolean' };

/** The arguments that can be set in every version, each with what the versions say of it. */
function common(versions) {
  const names = Object.keys(versions[0]).filter((name) => versions.every((v) => v[name] && !v[name].readOnly));
  return names.sort().map((name) => [name, versions.map((v) => v[name])]);
}

function interfaceBody(versions) {
  const fields = common(versions).map(([name, of]) => {
    const optional = of.some(({ required }) => required) ? '' : '?';
    return `readonly ${name}${optional}: ${typeOf(of)};`;
  });
  return fields.length > 0 ? `{\n${fields.join('\n')}\n}` : 'Readonly<Record<string, never>>';
}

/** A block that may stand once is an object; versions that disagree on a scalar take either. */
function typeOf(of) {
  const [{ type, of: element, arguments: nested, block, max }] = of;
  if (nested) {
    const body = interfaceBody(of.map((version) => version.arguments));
    return block && max === 1 ? body : `ReadonlyArray<${body}>`;
  }
  if (type === 'map') return `Readonly<Record<string, ${SCALARS[element]}>>`;
  if (type === 'list' || type === 'set') return `readonly ${SCALARS[element]}[]`;
  return [...new Set(of.map((version) => SCALARS[version.type]))].join(' | ');
}

/** An interface per type, and the table that leads from the type's name to it. */
function section(table, names, versions) {
  const interfaces = names.map((name) => {
    const body = interfaceBody(versions.map(({ types }) => types[name]));
    return `export interface ${interfaceName(name)} ${body}\n`;
  });
  const entries = names.map((name) => `readonly ${name.replace('data.', '')}: ${interfaceName(name)};`);
  return [...interfaces, `export interface ${table} {\n${entries.join('\n')}\n}\n`].join('\n');
}

/** `StorageBucket` of google_storage_bucket, `ProjectSource` of data.google_project. */
function interfaceName(type) {
  const words = type.replace('data.', '').replace('google_', '').split('_');
  const name = words.map((word) => word[0].toUpperCase() + word.slice(1)).join('');
  return type.startsWith('data.') ? `${name}Source` : name;
}

async function render() {
  const versions = readdirSync(facts).map((file) => JSON.parse(readFileSync(path.join(facts, file), 'utf8')));
  const names = Object.keys(versions[0].types).sort();
  const text = `// Written by tools/generate-resource-types.mjs from lib/google/facts; do not edit.

/** Arguments of resources that provider ${versions.map(({ provider }) => provider).join(', ')} all have. */
${section(
  'ResourceArguments',
  names.filter((name) => !name.startsWith('data.')),
  versions,
)}
${section(
  'DataSourceArguments',
  names.filter((name) => name.startsWith('data.')),
  versions,
)}
export type ResourceType = keyof ResourceArguments;
export type DataSourceType = keyof DataSourceArguments;
`;
  return format(text, { ...(await resolveConfig(output)), parser: 'typescript' });
}

const text = await render();
if (!process.argv.includes('--check')) writeFileSync(output, text);
else if (readFileSync(output, 'utf8') !== text) {
  console.error('lib/google/l1/resource-types.ts is stale: run tools/generate-resource-types.mjs');
  process.exit(1);
}
