import type { ResolvedConfig } from '../../lib/config/schema';
import type { Refusal, ResourceChange } from '../../lib/plan/change';
import type { Plan } from '../../lib/plan/plan';
import type { PlacedResource } from '../parts';

/** A config as templates of a cloud. */
export interface Synthesis {
  readonly plan: Plan;
  /** What the config asks for and does not get, as sentences. */
  readonly notes: readonly string[];
  /** Folder of what was written. */
  readonly directory: string;
  /** All resources, of nested stacks too. */
  readonly resources: readonly PlacedResource[];
}

/** How a config is synthesized. */
export interface SynthesisOptions {
  /**
   * Let the CDK check the templates against the resource schemas. It takes several times as long as the synthesis itself.
   * @default true
   */
  readonly validation?: boolean;

  /**
   * Bucket that keeps Terraform's state.
   * @default - a file beside the output, for a first look
   */
  readonly stateBucket?: string;
}

/** Reads and compares what a cloud deploys: `Templates` are those of one app, by stack. */
export interface Comparer<Templates> {
  /** Whether a folder is what a synthesis for this cloud writes. */
  isAssembly(directory: string): boolean;
  readAssembly(directory: string): Templates;
  synthesized(config: ResolvedConfig, directory: string): Promise<Templates>;
  changes(before: Templates, after: Templates): ResourceChange[];
  /** What of the changes loses state or fails. */
  refusals(changes: readonly ResourceChange[]): Refusal[];
  /** What changed between two configs that nothing which is deployed can follow. */
  immutableFieldChanges(before: ResolvedConfig, after: ResolvedConfig): Refusal[];
}
