import type { Arguments, Option } from '../command';
import { InputError, MisuseError, choice } from '../command';
import { loadConfig } from '../configs';
import type { MonitorOperations, Operations, Whereabouts } from './operations';

/** The arguments of the operating commands: `--stack` can stand for a config. */
export const CONFIG_OR_STACK = { name: 'a config file, or --stack NAME', min: 0, max: Infinity };

/** How the operating commands find the endpoint and its deployer. */
export const WHEREABOUTS: Readonly<Record<string, Option>> = {
  stack: { type: 'string', value: 'NAME', help: 'the stack that holds the endpoint (default: named like the config)' },
  endpoint: {
    type: 'string',
    value: 'NAME',
    help: 'the endpoint (default: named like the config, or the only one of the stack)',
  },
  'state-machine': {
    type: 'string',
    value: 'ARN',
    help: "the deployer's state machine, with --table: instead of a look into the stack",
  },
  table: { type: 'string', value: 'NAME', help: "the deployer's table, with --state-machine" },
  region: { type: 'string', value: 'REGION', help: 'the region (default: as the AWS command line has it)' },
  profile: { type: 'string', value: 'NAME', help: 'the profile (default: as the AWS command line has it)' },
  cloud: { type: 'string', value: 'CLOUD', help: 'the cloud: aws (default); google is not built yet' },
};

/** How a command finds a drift monitor. */
export const MONITOR_WHEREABOUTS: Readonly<Record<string, Option>> = {
  stack: { type: 'string', value: 'NAME', help: 'the stack that holds the monitor (default: named like the config)' },
  monitor: {
    type: 'string',
    value: 'NAME',
    help: 'the drift monitor (default: named like the config, or the only one of the stack)',
  },
  region: WHEREABOUTS.region,
  profile: WHEREABOUTS.profile,
  cloud: WHEREABOUTS.cloud,
};

/** Connects to the cloud and finds a drift monitor there. */
export async function connectMonitor(command: string, args: Arguments): Promise<MonitorOperations> {
  checkCloud(command, args);
  checkNamed(command, args, false);
  const text = (name: string) => args.values[name] as string | undefined;
  const name = await configName(args);
  const { awsMonitor } = await import('../clouds/aws-monitors.js');
  const [stack, monitor] = [text('stack') ?? name!, text('monitor') ?? name];
  return awsMonitor({ stack, monitor, region: text('region'), profile: text('profile') });
}

/** Connects to the cloud and finds the endpoint there. */
export async function connect(command: string, args: Arguments): Promise<Operations> {
  checkCloud(command, args);
  const where = await whereabouts(command, args);
  const { awsOperations } = await import('../clouds/aws-operations.js');
  return awsOperations(where);
}

function checkCloud(command: string, args: Arguments): void {
  if (choice(args, 'cloud', ['aws', 'google']) !== 'google') return;
  throw new InputError([`${command}: not built on Google Cloud yet in this version; allowed: --cloud aws`]);
}

/** The name in the config, where one is given. */
async function configName({ positionals }: Arguments): Promise<string | undefined> {
  return positionals.length > 0 ? (await loadConfig(positionals, { cloud: 'aws' })).name : undefined;
}

async function whereabouts(command: string, args: Arguments): Promise<Whereabouts> {
  const text = (name: string) => args.values[name] as string | undefined;
  const [stateMachine, table] = [text('state-machine'), text('table')];
  if ((stateMachine === undefined) !== (table === undefined)) {
    throw new MisuseError('--state-machine and --table go together: both name the deployer');
  }
  const deployer = stateMachine !== undefined && table !== undefined ? { stateMachine, table } : undefined;
  checkStateMachine(stateMachine);
  checkNamed(command, args, deployer !== undefined);
  const name = await configName(args);
  const endpoint = text('endpoint') ?? name;
  return { endpoint, stack: text('stack') ?? name, deployer, region: text('region'), profile: text('profile') };
}

function checkStateMachine(given: string | undefined): void {
  if (given === undefined || /^arn:[\w-]+:states:[\w-]+:\d{12}:stateMachine:[^:]+$/.test(given)) return;
  throw new MisuseError(
    `--state-machine: got '${given}', allowed: arn:aws:states:REGION:ACCOUNT:stateMachine:NAME of the deployer`,
  );
}

/** Enough must be said to find one endpoint. */
function checkNamed(command: string, { positionals, values }: Arguments, deployer: boolean): void {
  if (positionals.length > 0) return;
  if (deployer && values.endpoint === undefined) {
    throw new MisuseError(`${command}: --state-machine and --table need a config file or --endpoint NAME beside them`);
  }
  if (!deployer && values.stack === undefined) throw new MisuseError(`${command} needs ${CONFIG_OR_STACK.name}`);
}

/** The same whereabouts for another command, as they are typed. */
export function retyped({ positionals, values }: Arguments): string {
  const options = Object.keys(WHEREABOUTS).flatMap((name) =>
    values[name] === undefined ? [] : [`--${name}`, values[name] as string],
  );
  return [...positionals, ...options]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}
