/** The type of a stored feature. */
export type FeatureType = 'integer' | 'float' | 'string';

/** One feature of a group. */
export interface FeatureConfig {
  /** Feature name, at most 64 letters, digits, hyphens and underscores. */
  readonly name: string;

  /** Stored type; it cannot be changed later. */
  readonly type: FeatureType;
}

/** A group of features that share a record identifier. Features can be added later, never removed. */
export interface FeatureGroupConfig {
  /** Group name, unique in the config; it cannot be changed later. */
  readonly name: string;

  /** Feature that identifies a record; it cannot be changed later. Added as `string` when `features` lacks it. */
  readonly recordIdentifier: string;

  /**
   * Feature that says when a record was true: ISO-8601 `string`, or Unix seconds as `float`. It cannot be changed later.
   * Added as `string` when `features` lacks it.
   */
  readonly eventTime: string;

  /**
   * Serve the newest record with low latency; it cannot be changed later.
   * @default true
   */
  readonly online?: boolean;

  /**
   * Keep the history for training; it cannot be changed later. Always on Google Cloud, where it fills the online store.
   * @default true
   */
  readonly offline?: boolean;

  /**
   * Hours after which an online record expires, at least 1; can be changed at any time. On Google Cloud rows older than that
   * are no longer copied; what is online stays until a newer row replaces it.
   * @default - never
   */
  readonly ttlHours?: number;

  /** The features. */
  readonly features: FeatureConfig[];
}

/** Features computed once and reused by many models. */
export interface FeatureStoreConfig {
  /** The groups, 1 to 40. */
  readonly groups: FeatureGroupConfig[];
}
