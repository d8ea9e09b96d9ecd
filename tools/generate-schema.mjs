// Writes schema/mlops.schema.json: the config's JSON Schema, described by the doc comments of the public structs.
// Run it after a build: node tools/generate-schema.mjs
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = path.resolve(import.meta.dirname, '..');
const file = path.join(root, 'schema/mlops.schema.json');

/** The structs of lib/config by name: per key its description and the name of the struct that it holds. */
function readStructs() {
  const folder = path.join(root, 'lib/config');
  const structs = new Map();
  for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.ts'))) {
    const source = ts.createSourceFile(
      name,
      readFileSync(path.join(folder, name), 'utf8'),
      ts.ScriptTarget.Latest,
      true,
    );
    for (const node of source.statements.filter(ts.isInterfaceDeclaration)) {
      const members = node.members
        .filter(ts.isPropertySignature)
        .map((member) => [
          member.name.getText(source),
          { description: describe(member), struct: structOf(member.type) },
        ]);
      structs.set(node.name.text, new Map(members));
    }
  }
  return structs;
}

/** The comment of a property, its default included when it is said in words. */
function describe(member) {
  const [doc] = member.jsDoc ?? [];
  const comment = ts.getTextOfJSDocComment(doc?.comment) ?? '';
  const tag = doc?.tags?.find((entry) => entry.tagName.text === 'default');
  const value = ts.getTextOfJSDocComment(tag?.comment);
  const text = value?.startsWith('- ') ? `${comment}\nDefault: ${value.slice(2)}` : comment;
  return text.replace(/\n(?!Default: )/g, ' ').trim();
}

/** The struct that a property holds: directly, in a list, or as the values of a map. */
function structOf(type) {
  if (ts.isArrayTypeNode(type)) return structOf(type.elementType);
  if (ts.isTypeReferenceNode(type)) return type.typeName.getText();
  if (ts.isTypeLiteralNode(type)) return structOf(type.members[0].type);
  return undefined;
}

function addDescriptions(schema, structs, name) {
  const members = structs.get(name);
  if (members === undefined) return;
  for (const [key, part] of Object.entries(schema.properties ?? {})) {
    const { description, struct } = members.get(key);
    part.description = description;
    const inner = part.items ?? (typeof part.additionalProperties === 'object' ? part.additionalProperties : part);
    addDescriptions(inner, structs, struct);
  }
}

/** The text of the schema file for a schema without descriptions. */
export function render(schema) {
  const described = structuredClone(schema);
  addDescriptions(described, readStructs(), 'MlopsConfig');
  return `${JSON.stringify(described, null, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { jsonSchema } = createRequire(import.meta.url)('../dist/lib/config/json-schema.js');
  writeFileSync(file, render(jsonSchema()));
  console.log(`wrote ${path.relative(process.cwd(), file)}`);
}
