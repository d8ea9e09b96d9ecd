import { ConfigError, describe } from '../../lib/config/problems';
import type { Arguments, Command } from '../command';
import { EXIT, choice } from '../command';
import type { Cloud } from '../configs';
import { loadConfig } from '../configs';
import type { Terminal } from '../terminal';
import { painter, writeJson, writeLines } from '../terminal';
import type { ResolvedServing } from '../../lib/config/schema';

export const validateCommand: Command = {
  name: 'validate',
  summary: 'check a config and print every problem at once',
  usage: 'CONFIG… [--cloud aws|google] [--json]',
  description:
    'Checks a config: YAML or JSON files, of which later ones merge over earlier ones. Prints each problem on a line of\nits own on standard error, or ok with what the level leaves out.',
  arguments: { name: 'a config file', min: 1, max: Infinity },
  options: {
    cloud: { type: 'string', value: 'CLOUD', help: 'also check what this cloud can do: aws or google' },
    json: { type: 'boolean', help: 'print one JSON document: valid, problems [{path, message}], notes' },
  },
  run: validate,
};

async function validate(args: Arguments, terminal: Terminal): Promise<number> {
  const cloud = choice(args, 'cloud', ['aws', 'google']) as Cloud | undefined;
  try {
    const config = await loadConfig(args.positionals, { cloud });
    const { plan } = await import('../../lib/plan/plan.js');
    const planned = plan(config);
    const notes = [...planned.notes, ...(await trafficNotes(planned.serving))];
    if (args.values.json) writeJson(terminal.stdout, { valid: true, problems: [], notes });
    else report(terminal, `${config.name}, level ${config.level}`, notes);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ConfigError) || !args.values.json) throw error;
    writeJson(terminal.stdout, { valid: false, problems: error.problems, notes: [] });
    writeLines(terminal.stderr, error.problems.map(describe));
    return EXIT.invalid;
  }
}

/** Errors so rare are negligible to the judge of A/B tests; just above, they take the most traffic. */
const RARE = 0.001;

/** What an A/B test needs, when the plan has one: validation is the time to learn that there is too little traffic. */
async function trafficNotes({ abTest, alarms }: ResolvedServing): Promise<string[]> {
  if (!abTest) return [];
  const { trafficNeeded } = await import('../../lib/statistics/index.js');
  const needed = (errorRate: number) =>
    trafficNeeded({ errorRate, share: abTest.trafficPercent / 100, ratio: 1 + abTest.margin });
  const errorRate = alarms.errorRatePercent / 100;
  const requests = needed(errorRate);
  if (requests === Infinity) {
    return [
      `serving.abTest: no traffic is enough to show errors within a margin of ${abTest.margin}; the champion stays`,
    ];
  }
  const { durationHours: hours } = abTest;
  const figures = [
    `about ${about(requests)} requests at a rate of ${alarms.errorRatePercent} % (80 % power)`,
    `${about(Math.ceil(requests / (60 * hours)))} a minute over ${hours} ${hours === 1 ? 'hour' : 'hours'}`,
    ...(errorRate > RARE ? [`and ${about(needed(RARE))} at ${100 * RARE} %`] : []),
  ].join(', ');
  return abTest.goal === 'notWorse'
    ? [`serving.abTest: a verdict on errors needs ${figures}; with less traffic the champion stays`]
    : [
        `serving.abTest: to show errors not worse needs ${figures}; superior needs a gain besides, or the champion stays`,
      ];
}

/** Two digits that count: it is an estimate. */
const about = (value: number) => Number(value.toPrecision(2)).toLocaleString('en-US');

function report({ stdout, env }: Terminal, what: string, notes: readonly string[]): void {
  const paint = painter(stdout, env);
  writeLines(stdout, [`${paint('green', 'ok')} ${what}`, ...notes.map((note) => `note: ${note}`)]);
}
