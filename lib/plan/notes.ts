import type { Capability, CapabilitySet } from '../config/capabilities';
import { DEFAULTS, defaultMaxInstances } from '../config/defaults';
import type { ResolvedConfig } from '../config/schema';

/** What the config asks for but nothing comes of, as sentences. */
export function notesOn(config: ResolvedConfig, capabilities: CapabilitySet): string[] {
  return [...unusedSections(config, capabilities), ...unusedInstances(config)];
}

function unusedSections(config: ResolvedConfig, capabilities: CapabilitySet): string[] {
  const sections: [string, unknown, Capability][] = [
    ['training', config.training, 'trainingPipeline'],
    ['serving.abTest', config.serving.abTest, 'abTest'],
    ['monitoring', config.monitoring, 'driftMonitoring'],
    ['retraining', config.retraining, 'retraining'],
  ];
  return sections
    .filter(([, section, capability]) => section !== undefined && !capabilities[capability])
    .map(
      ([path, , capability]) =>
        `${path} is configured, but the capability ${capability} is off${why(capability, config)}`,
    );
}

function why(capability: Capability, { level, capabilities }: ResolvedConfig): string {
  return capabilities[capability] === false ? ` (capabilities.${capability}: false)` : ` at level ${level}`;
}

/** Modes without instances of their own keep the settings for the day they change, as stages do that share a file. */
function unusedInstances({ serving }: ResolvedConfig): string[] {
  const { mode, minInstances, maxInstances, scaling } = serving;
  if (mode !== 'serverless' && mode !== 'batch') return [];
  const { serving: usual, scaling: usualScaling } = DEFAULTS;
  const unused = [
    ['minInstances', minInstances !== usual.minInstances],
    ['maxInstances', maxInstances !== defaultMaxInstances(minInstances)],
    ['scaling', scaling.invocationsPerInstance !== usualScaling.invocationsPerInstance],
  ] as const;
  return unused.filter(([, set]) => set).map(([key]) => `serving.${key} is configured, but not used in ${mode} mode`);
}
