import type { ReplacementEffect } from '../../plan/change';
import { strongest } from '../../plan/change';
import type { ArgumentChange } from './argument-changes';
import type { Reference } from './expressions';
import { references } from './expressions';
import type { TerraformBlock, TerraformDocument, TerraformStacks } from './terraform';
import { argumentsOf, dataSourcesOf } from './terraform';

/** The data source by which the engine reads another stack's outputs, and how it is named. */
const REMOTE_STATE = /^data\.terraform_remote_state\.(?:cross-stack-reference-input-)?(.+)$/;

/** What a resource computes itself, as distinct from what its arguments say. */
const COMPUTED = '*';

/**
 * The names in stacks whose value is another one after the deployment although a reference to them reads the same: what replaced
 * resources compute, arguments that change, and data sources, local values, outputs and modules that depend on such.
 */
export class ChangedValues {
  private readonly effects = new Map<string, ReplacementEffect>();
  private readonly stacks: string[];

  constructor(
    private readonly before: TerraformStacks,
    private readonly after: TerraformStacks,
  ) {
    this.stacks = Object.keys(after).filter((stack) => stack in before);
  }

  /** Notes what changes in a resource: its arguments, and what it computes where it is replaced. Answers whether any is news. */
  public resource(
    stack: string,
    address: string,
    changes: readonly ArgumentChange[],
    replaced: ReplacementEffect,
  ): boolean {
    const news = changes.map(({ path, changes: effect }) => this.mark(stack, address, path[0], effect));
    return [...news, this.mark(stack, address, COMPUTED, replaced)].includes(true);
  }

  /** How surely a value is another one after the deployment, although it reads the same. */
  public effectOf(stack: string, value: any): ReplacementEffect {
    return strongest(references(value).map((reference) => this.effectOfReference(stack, reference)));
  }

  /** The same for one reference. */
  public effectOfReference(stack: string, { address, attribute, key }: Reference): ReplacementEffect {
    const other = REMOTE_STATE.exec(address)?.[1];
    if (other && attribute === 'outputs' && key) return this.effectAt(other, `output.${key}`, COMPUTED);
    const names = attribute === undefined ? this.namesOf(stack, address) : [this.nameOf(stack, address, attribute)];
    return strongest(names.map((name) => this.effectAt(stack, address, name)));
  }

  /** Carries changes on through local values, data sources, modules and outputs. Answers whether any is news. */
  public propagate(): boolean {
    return this.stacks.flatMap((stack) => this.propagateIn(stack)).includes(true);
  }

  private propagateIn(stack: string): boolean[] {
    const [before, after] = [this.before[stack], this.after[stack]];
    const sections = ['local', 'var', 'module', 'output'] as const;
    return [
      ...sections.flatMap((section) =>
        Object.entries(sectionOf(after, section)).map(([name, value]) => {
          const effect = this.changeOf(stack, sectionOf(before, section)[name], value);
          return this.mark(stack, `${section}.${name}`, COMPUTED, effect);
        }),
      ),
      ...dataSourcesOf(after).map(({ address, block }) => {
        const old = dataSourcesOf(before).find((source) => source.address === address)?.block;
        return this.mark(stack, address, COMPUTED, this.changeOf(stack, old && argumentsOf(old), argumentsOf(block)));
      }),
    ];
  }

  private changeOf(stack: string, before: any, after: any): ReplacementEffect {
    const differs = before !== undefined && JSON.stringify(before) !== JSON.stringify(after);
    return differs ? 'yes' : this.effectOf(stack, after);
  }

  /** An attribute that an argument sets keeps that value, whatever happens to the resource. */
  private nameOf(stack: string, address: string, attribute: string): string {
    return this.blockOf(stack, address)?.[attribute] === undefined ? COMPUTED : attribute;
  }

  /** A reference to a whole resource means all that it has. */
  private namesOf(stack: string, address: string): string[] {
    return [COMPUTED, ...Object.keys(this.blockOf(stack, address) ?? {})];
  }

  private blockOf(stack: string, address: string): TerraformBlock | undefined {
    const [type, name] = address.split('.');
    return this.after[stack]?.resource?.[type]?.[name];
  }

  private effectAt(stack: string, address: string, name: string): ReplacementEffect {
    return this.effects.get(`${stack}|${address}|${name}`) ?? 'no';
  }

  private mark(stack: string, address: string, name: string, effect: ReplacementEffect): boolean {
    const known = this.effectAt(stack, address, name);
    const now = strongest([known, effect]);
    this.effects.set(`${stack}|${address}|${name}`, now);
    return now !== known;
  }
}

function sectionOf(document: TerraformDocument, section: 'local' | 'var' | 'module' | 'output'): Record<string, any> {
  const name = { local: 'locals', var: 'variable', module: 'module', output: 'output' } as const;
  return document[name[section]] ?? {};
}
