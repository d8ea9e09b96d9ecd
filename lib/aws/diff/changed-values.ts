import type { ReplacementEffect } from '../../plan/change';
import { strongest } from '../../plan/change';
import type { Reference, Template, TemplateResource, Templates } from './template';
import { conditionReferences, references, sameValue } from './template';

const SECTIONS = { name: 'Parameters', mapping: 'Mappings', condition: 'Conditions' } as const;

/**
 * The names in templates whose value is another one after the deployment although a reference to them reads the same:
 * replaced resources, and parameters, mappings, conditions, outputs and exports that differ or depend on such a name.
 */
export class ChangedValues {
  private readonly effects = new Map<string, ReplacementEffect>();
  private readonly stacks: string[];

  constructor(
    private readonly before: Templates,
    private readonly after: Templates,
  ) {
    this.stacks = Object.keys(after).filter((stack) => stack in before);
    for (const stack of this.stacks) this.markDefinitions(stack, before[stack], after[stack]);
  }

  /** Notes that a resource is replaced, or may be. Answers whether that is news. */
  public resource(stack: string, logicalId: string, effect: ReplacementEffect): boolean {
    return this.mark(key(stack, 'name', logicalId), effect);
  }

  /** How surely a value is another one after the deployment, although it reads the same. */
  public effectOf(stack: string, value: any): ReplacementEffect {
    return this.effectOfReferences(stack, references(value));
  }

  /** The same for references that are known already. */
  public effectOfReferences(stack: string, refs: readonly Reference[]): ReplacementEffect {
    return strongest(refs.map((reference) => this.effects.get(this.keyOf(stack, reference)) ?? 'no'));
  }

  /** Carries changes on through conditions, outputs, exports and the parameters of nested stacks. Answers whether any is news. */
  public propagate(): boolean {
    return this.stacks
      .flatMap((stack) => [this.conditions(stack), this.outputs(stack), this.nestedParameters(stack)])
      .includes(true);
  }

  private markDefinitions(stack: string, before: Template, after: Template): void {
    for (const [kind, section] of Object.entries(SECTIONS)) {
      for (const [name, definition] of Object.entries(after[section] ?? {})) {
        const old = before[section]?.[name];
        if (old !== undefined && !sameValue(old, definition)) this.mark(key(stack, kind, name), 'yes');
      }
    }
  }

  private conditions(stack: string): boolean {
    return Object.entries(this.after[stack].Conditions ?? {})
      .map(([name, value]) =>
        this.mark(key(stack, 'condition', name), this.effectOfReferences(stack, conditionReferences(value))),
      )
      .includes(true);
  }

  private outputs(stack: string): boolean {
    return Object.entries(this.after[stack].Outputs ?? {})
      .map(([name, output]) => {
        const old = this.before[stack].Outputs?.[name];
        const effect = this.changeOf(stack, old?.Value, output.Value);
        const exported = output.Export?.Name;
        const news = typeof exported === 'string' && this.mark(key('', 'export', exported), effect);
        return this.mark(key(stack, 'output', name), effect) || news;
      })
      .includes(true);
  }

  private nestedParameters(stack: string): boolean {
    return Object.entries(this.after[stack].Resources ?? {})
      .filter(([, resource]) => resource.Type === 'AWS::CloudFormation::Stack')
      .map(([id, nested]) => this.parametersOf(stack, id, nested))
      .includes(true);
  }

  private parametersOf(stack: string, id: string, nested: TemplateResource): boolean {
    const old = this.before[stack].Resources?.[id]?.Properties?.Parameters;
    return Object.entries(nested.Properties?.Parameters ?? {})
      .map(([name, value]) => this.mark(key(`${stack}/${id}`, 'name', name), this.changeOf(stack, old?.[name], value)))
      .includes(true);
  }

  private changeOf(stack: string, before: any, after: any): ReplacementEffect {
    return before !== undefined && !sameValue(before, after) ? 'yes' : this.effectOf(stack, after);
  }

  /** An attribute `Outputs.X` of a nested stack is the output of its template. */
  private keyOf(stack: string, { kind, name, attribute }: Reference): string {
    const output = attribute?.startsWith('Outputs.') ? attribute.slice('Outputs.'.length) : undefined;
    if (output && `${stack}/${name}` in this.after) return key(`${stack}/${name}`, 'output', output);
    return key(kind === 'export' ? '' : stack, kind, name);
  }

  private mark(name: string, effect: ReplacementEffect): boolean {
    const known = this.effects.get(name) ?? 'no';
    const now = strongest([known, effect]);
    this.effects.set(name, now);
    return now !== known;
  }
}

function key(stack: string, kind: string, name: string): string {
  return `${stack}|${kind}|${name}`;
}
