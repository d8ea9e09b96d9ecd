/** One config on both clouds, synthesized. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { MlopsPipeline as AwsPipeline } from '../../lib/aws/mlops-pipeline';
import type { MlopsConfig } from '../../lib/config/mlops';
import { GoogleProvider } from '../../lib/google/l1/google-resource';
import { MlopsPipeline as GooglePipeline } from '../../lib/google/mlops-pipeline';
import { synthesizeFolder } from '../google/judges';

/** What is deployed with CloudFormation. */
export interface OnAws {
  readonly pipeline: AwsPipeline;
  readonly resources: Readonly<Record<string, any>>;
  /** Folder of the cloud assembly. */
  readonly folder: string;
}

/** What is deployed with Terraform. */
export interface OnGoogle {
  readonly pipeline: GooglePipeline;
  /** Resources by type, then by name. */
  readonly resource: Readonly<Record<string, Readonly<Record<string, any>>>>;
  /** Folder of the stack. */
  readonly folder: string;
}

/** The cloud assembly of a config. */
export function synthesizeAws(config: MlopsConfig): OnAws {
  const app = new App({ analyticsReporting: false, stackTraces: false, treeMetadata: false });
  const pipeline = new AwsPipeline(new Stack(app, 'Stack'), 'Pipeline', { config });
  const { directory: folder, stacks } = app.synth();
  return { pipeline, resources: stacks[0].template.Resources, folder };
}

/** Resources of a type. */
export function ofType({ resources }: OnAws, type: string): any[] {
  return Object.values(resources)
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties);
}

/** A JSON text in the template, with the template's references as words. */
export function parsed(text: any): any {
  if (typeof text === 'string') return JSON.parse(text);
  return JSON.parse(text['Fn::Join'][1].map((part: any) => (typeof part === 'string' ? part : 'reference')).join(''));
}

/** The Terraform JSON of a config. */
export function synthesizeGoogle(config: MlopsConfig): OnGoogle {
  let pipeline!: GooglePipeline;
  const folder = synthesizeFolder((stack) => {
    new GoogleProvider(stack, 'Google');
    pipeline = new GooglePipeline(stack, 'Pipeline', { config });
  });
  const { resource } = JSON.parse(readFileSync(path.join(folder, 'cdk.tf.json'), 'utf8'));
  return { pipeline, resource, folder };
}

/** The resource of a type at a place of the construct tree, for example `Training/Workflow`. */
export function placed({ resource }: OnGoogle, type: string, place: string): any {
  const all = Object.values(resource[type] ?? {});
  return all.find((one) => one['//'].metadata.path === `Stack/Pipeline/${place}`);
}

/** A JSON text in Terraform JSON, which keeps `${` for its own expressions. */
export const unescaped = (text: string): any => JSON.parse(text.replaceAll('$${', '${'));
