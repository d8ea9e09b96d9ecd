import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isKnownType, replacementEffect } from './replacement';
import type { Template, TemplateResource, Templates } from './template';

const STACK_ARTIFACT = 'aws:cloudformation:stack';
const NESTED_ASSEMBLY = 'cdk:cloud-assembly';
const ASSET_MANIFEST = 'cdk:asset-manifest';

/** Whether a folder is a cloud assembly, what `cdk synth` writes: other tools have a manifest.json too. */
export function isAssembly(directory: string): boolean {
  const manifest = path.join(directory, 'manifest.json');
  return existsSync(manifest) && readJson(manifest).artifacts !== undefined;
}

/**
 * The templates of every stack in a cloud assembly, those of its stages and nested stacks too, by stack name.
 *
 * @throws when a file that the assembly names is missing or is not JSON, or a nested stack's template is not in the assembly
 */
export function readAssembly(directory: string): Templates {
  const { artifacts = {} } = readJson(path.join(directory, 'manifest.json'));
  const templates: Record<string, Template> = {};
  for (const [id, artifact] of Object.entries<any>(artifacts)) {
    if (artifact.type === NESTED_ASSEMBLY)
      Object.assign(templates, readAssembly(path.join(directory, artifact.properties.directoryName)));
    if (artifact.type !== STACK_ARTIFACT) continue;
    const name = artifact.properties.stackName ?? id;
    const { templateFile, tags = {} } = artifact.properties;
    Object.assign(templates, readStack(directory, name, templateFile, tags));
  }
  return templates;
}

/** A stack's template and those of the stacks nested in it. */
function readStack(directory: string, name: string, file: string, tags: StackTags): Templates {
  const template = withStackTags(readJson(path.join(directory, file)), tags);
  const templates: Record<string, Template> = { [name]: template };
  for (const [id, resource] of Object.entries(template.Resources ?? {})) {
    if (resource.Type !== 'AWS::CloudFormation::Stack') continue;
    const nested = `${name}/${id}`;
    Object.assign(templates, readStack(directory, nested, nestedFile(directory, nested, resource), tags));
  }
  return templates;
}

/** Tags of a stack, by key. */
type StackTags = Readonly<Record<string, string>>;

/**
 * A template in which resources that cannot change their tags carry those of the stack, which CloudFormation hands on to them: another
 * tag of the stack replaces them. Tags of the others change in place.
 */
function withStackTags(template: Template, tags: StackTags): Template {
  const { Resources = {} } = template;
  const handedOn = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  if (handedOn.length === 0) return template;
  const tagged = Object.entries(Resources).map(([id, resource]): [string, TemplateResource] => {
    if (!isKnownType(resource.Type) || replacementEffect(resource.Type, ['Tags'], handedOn) === 'no')
      return [id, resource];
    const Tags = [...(resource.Properties?.Tags ?? []), ...handedOn];
    return [id, { ...resource, Properties: { ...resource.Properties, Tags } }];
  });
  return { ...template, Resources: Object.fromEntries(tagged) };
}

/** The file of a nested stack's template: its asset metadata names it, or the asset that its URL ends in. */
function nestedFile(directory: string, name: string, resource: TemplateResource): string {
  const url = JSON.stringify(resource.Properties?.TemplateURL ?? '');
  const file =
    resource.Metadata?.['aws:asset:path'] ?? fileAssets(directory).find(({ key }) => url.includes(`/${key}`))?.file;
  if (typeof file === 'string') return file;
  // Left out, what is in it could be lost unnoticed.
  throw new Error(
    `${name}: its template is not named in the assembly; synthesize with asset metadata (the cdk command line does)`,
  );
}

interface FileAsset {
  /** Key of the object that the file is uploaded as. */
  readonly key: string;
  readonly file: string;
}

/** The files that a cloud assembly uploads. */
function fileAssets(directory: string): FileAsset[] {
  const { artifacts = {} } = readJson(path.join(directory, 'manifest.json'));
  return Object.values<any>(artifacts)
    .filter(({ type }) => type === ASSET_MANIFEST)
    .flatMap(({ properties }) => Object.values<any>(readJson(path.join(directory, properties.file)).files ?? {}))
    .flatMap(({ source, destinations }) =>
      Object.values<any>(destinations).map(({ objectKey }) => ({ key: objectKey, file: source.path })),
    );
}

function readJson(file: string): any {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} cannot be read as a cloud assembly's file: ${(error as Error).message}`, { cause: error });
  }
}
