import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Template, Templates } from './template';

const STACK_ARTIFACT = 'aws:cloudformation:stack';
const NESTED_ASSEMBLY = 'cdk:cloud-assembly';

/** Whether a folder is a cloud assembly, what `cdk synth` writes. */
export function isAssembly(directory: string): boolean {
  return existsSync(path.join(directory, 'manifest.json'));
}

/**
 * The templates of every stack in a cloud assembly, those of its stages and nested stacks too, by stack name.
 *
 * @throws when a file that the assembly names is missing or is not JSON
 */
export function readAssembly(directory: string): Templates {
  const { artifacts = {} } = readJson(path.join(directory, 'manifest.json'));
  const templates: Record<string, Template> = {};
  for (const [id, artifact] of Object.entries<any>(artifacts)) {
    if (artifact.type === NESTED_ASSEMBLY)
      Object.assign(templates, readAssembly(path.join(directory, artifact.properties.directoryName)));
    if (artifact.type !== STACK_ARTIFACT) continue;
    const name = artifact.properties.stackName ?? id;
    Object.assign(templates, readStack(directory, name, artifact.properties.templateFile));
  }
  return templates;
}

/** A stack's template and those of the stacks nested in it. */
function readStack(directory: string, name: string, file: string): Templates {
  const template: Template = readJson(path.join(directory, file));
  const templates: Record<string, Template> = { [name]: template };
  for (const [id, resource] of Object.entries(template.Resources ?? {})) {
    const nested = resource.Metadata?.['aws:asset:path'];
    if (resource.Type !== 'AWS::CloudFormation::Stack' || typeof nested !== 'string') continue;
    Object.assign(templates, readStack(directory, `${name}/${id}`, nested));
  }
  return templates;
}

function readJson(file: string): any {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} cannot be read as a cloud assembly's file: ${(error as Error).message}`, { cause: error });
  }
}
