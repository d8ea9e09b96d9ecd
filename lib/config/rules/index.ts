import { DATA_RULES } from './data';
import { FEATURE_STORE_RULES } from './feature-store';
import { GOOGLE_RULES } from './google';
import { GOOGLE_TRAINING_RULES } from './google-training';
import { LEVEL_RULES } from './levels';
import { LOCATION_RULES } from './locations';
import { MONITORING_RULES } from './monitoring';
import type { Rule } from './rule';
import { SERVING_RULES } from './serving';
import { TRAINING_RULES } from './training';

/** Everything that must hold between fields. */
export const RULES: readonly Rule[] = [
  ...DATA_RULES,
  ...TRAINING_RULES,
  ...SERVING_RULES,
  ...MONITORING_RULES,
  ...FEATURE_STORE_RULES,
  ...LEVEL_RULES,
  ...LOCATION_RULES,
  ...GOOGLE_RULES,
  ...GOOGLE_TRAINING_RULES,
];
