import six from '../facts/google-6.json';
import seven from '../facts/google-7.json';
import eight from '../facts/google-8.json';

/** What a provider's schema says of an argument. */
export interface ArgumentFacts {
  readonly type: 'string' | 'number' | 'bool' | 'list' | 'set' | 'map';
  /** Type of the elements, of a list, set or map of scalars. */
  readonly of?: string;
  /** Arguments of the elements, of a list or set of blocks. */
  readonly arguments?: Readonly<Record<string, ArgumentFacts>>;
  /** Whether the elements are written as blocks, where one may stand without a list around it. */
  readonly block?: boolean;
  readonly max?: number;
  readonly min?: number;
  readonly required?: boolean;
  /** Whether the provider sets what is left out. */
  readonly computed?: boolean;
  /** Whether it can only be read. */
  readonly readOnly?: boolean;
  /** Whether a change replaces the resource. Of a block: whether its coming and going does. */
  readonly forceNew?: boolean;
  readonly default?: string | number | boolean;
  readonly conflictsWith?: readonly string[];
  readonly exactlyOneOf?: readonly string[];
  readonly atLeastOneOf?: readonly string[];
  readonly requiredWith?: readonly string[];
}

/** The schema of one version of the google provider, for the types in use. */
export interface ProviderFacts {
  /** Version of the provider, for example `6.50.0`. */
  readonly provider: string;
  /** Arguments by type; data sources as `data.google_project`. */
  readonly types: Readonly<Record<string, Readonly<Record<string, ArgumentFacts>>>>;
}

/** The major versions of the provider that a stack can be deployed with. */
export const PROVIDERS = [six, seven, eight] as unknown as readonly ProviderFacts[];
