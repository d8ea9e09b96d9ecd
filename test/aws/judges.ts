import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { App, CloudFormationValidatePlugin, Stack, Validations } from 'aws-cdk-lib';
import type { StackProps } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';

/** A CloudFormation template, as far as the judges look into it. */
export interface CloudFormationTemplate {
  readonly Resources?: Readonly<Record<string, CloudFormationResource>>;
}

/** A resource of a template. */
export interface CloudFormationResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: readonly string[];
}

const validation = new CloudFormationValidatePlugin();

/**
 * An app in which a template that CDK's own rules find invalid is an error. In other apps they could only warn, and take as
 * long as all else of a synthesis, so that vitest.config.ts switches them off there.
 */
export function strictApp(): App {
  const app = new App({ context: { '@aws-cdk/core:validateAgainstDefaultRules': true } });
  Validations.of(app).addPlugins(validation);
  return app;
}

/** Templates of an app by stack name, nested and staged stacks included. */
export function synthesize(app: App): Record<string, CloudFormationTemplate> {
  const assembly = app.synth({ force: true });
  return Object.fromEntries(assembly.stacksRecursively.map((stack) => [stack.stackName, stack.template]));
}

/** The template of one stack, built by `build`. */
export function templateOf(build: (stack: Stack) => void, props?: StackProps): CloudFormationTemplate {
  const stack = new Stack(new App(), 'Stack', props);
  build(stack);
  return synthesize(stack.node.root as App)[stack.stackName]!;
}

/** Unacknowledged findings of cdk-nag, AwsSolutions and NIST 800-53 R5: `<rule> <construct path>`. */
export function nagFindings(stack: Stack): string[] {
  // Lazy values and aspects have to be settled first.
  synthesize(stack.node.root as App);
  return [new AwsSolutionsChecks(), new NIST80053R5Checks()].flatMap((pack) =>
    pack
      .validateScope(stack)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
      ),
  );
}

const REPLACING = ['yes', 'maybe'];
const spec = loadAwsServiceSpecSync();

/** What an update would replace (or may replace): `<logical id> (<type>): <property>`. Removed resources are not listed. */
export function replacements(before: CloudFormationTemplate, after: CloudFormationTemplate): string[] {
  const found = new Map<string, string>();
  // What refers to a replaced resource changes with it, so the look is repeated until it finds nothing new.
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const [id, old] of Object.entries(before.Resources ?? {})) {
      const now = after.Resources?.[id];
      const reason = now && replacedBy(old, now, new Set(found.keys()));
      if (reason !== undefined && !found.has(id)) {
        found.set(id, `${id} (${old.Type}): ${reason}`);
      }
    }
  }
  return [...found.values()];
}

function replacedBy(old: CloudFormationResource, now: CloudFormationResource, replaced: ReadonlySet<string>) {
  if (old.Type !== now.Type) {
    return 'Type';
  }
  const type = spec.lookup('resource', 'cloudFormationType', 'equals', old.Type)[0];
  return type && replacingChange(type.properties, old.Properties ?? {}, mark(now.Properties ?? {}, replaced) as object);
}

type Properties = Readonly<Record<string, { causesReplacement?: string; type: SpecType }>>;
type SpecType = { type: string; reference?: { $ref: string } };

/**
 * The first changed property that replaces its resource. The specification marks a property as replacing when any part of
 * it is; where its parts are described, they decide.
 */
function replacingChange(properties: Properties, old: object, now: object, path = ''): string | undefined {
  for (const [name, { causesReplacement, type }] of Object.entries(properties)) {
    const [a, b] = [(old as any)[name], (now as any)[name]];
    if (JSON.stringify(a) === JSON.stringify(b) || !REPLACING.includes(causesReplacement ?? '')) {
      continue;
    }
    const parts =
      type.type === 'ref' ? (spec.get('typeDefinition', type.reference!.$ref).properties as Properties) : {};
    const decided = Object.values(parts).some((part) => REPLACING.includes(part.causesReplacement ?? ''));
    const reason =
      decided && isObject(a) && isObject(b) ? replacingChange(parts, a, b, `${path}${name}.`) : path + name;
    if (reason !== undefined) {
      return reason;
    }
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The value with every reference to a replaced resource made different. */
function mark(value: unknown, replaced: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => mark(item, replaced));
  }
  if (!isObject(value)) {
    return value;
  }
  const target = (value as any).Ref ?? (value as any)['Fn::GetAtt']?.[0];
  return typeof target === 'string' && replaced.has(target)
    ? { replaced: target }
    : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mark(item, replaced)]));
}
