import type { Construct } from 'constructs';
import { TerraformResource } from './engine';
import type { TerraformMetaArguments } from './engine';

/** Properties of a delay. */
export interface DestroyDelayProps {
  /** Minutes. */
  readonly minutes: number;
  /** What is held. */
  readonly holds: NonNullable<TerraformMetaArguments['dependsOn']>;
}

/**
 * A pause between the end of what depends on it and the end of what it holds; making it takes no time. It comes from the provider
 * hashicorp/time, which its name implies: a stack needs no block for it.
 */
export class DestroyDelay extends TerraformResource {
  private readonly duration: string;

  constructor(scope: Construct, id: string, { minutes, holds }: DestroyDelayProps) {
    super(scope, id, { terraformResourceType: 'time_sleep', dependsOn: holds });
    this.duration = `${minutes}m`;
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { destroy_duration: this.duration };
  }
}
