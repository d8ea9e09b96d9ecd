import type { Arguments, Option } from '../command';
import { InputError, MisuseError, choice } from '../command';
import type { Cloud } from '../configs';
import { cloudOf, loadConfig } from '../configs';
import type { AwsWhereabouts, MonitorOperations, MonitorWhereabouts, Operations, Whereabouts } from './operations';

/** The arguments of the operating commands: `--stack` can stand for a config. */
export const CONFIG_OR_STACK = { name: 'a config file, or --stack NAME', min: 0, max: Infinity };

/** How the operating commands find the endpoint and its deployer. */
export const WHEREABOUTS: Readonly<Record<string, Option>> = {
  stack: {
    type: 'string',
    value: 'NAME',
    help: 'on AWS: the stack that holds the endpoint (default: named like the config)',
  },
  endpoint: {
    type: 'string',
    value: 'NAME',
    help: 'the endpoint (default: named like the config, or the only one of the stack)',
  },
  'state-machine': {
    type: 'string',
    value: 'ARN',
    help: "on AWS: the deployer's state machine, with --table: instead of a look into the stack",
  },
  table: { type: 'string', value: 'NAME', help: "on AWS: the deployer's table, with --state-machine" },
  project: { type: 'string', value: 'PROJECT', help: 'on Google Cloud: the project (default: that of the config)' },
  region: {
    type: 'string',
    value: 'REGION',
    help: 'the region (default: as the AWS command line has it; on Google Cloud that of the config)',
  },
  profile: { type: 'string', value: 'NAME', help: 'on AWS: the profile (default: as the AWS command line has it)' },
  cloud: { type: 'string', value: 'CLOUD', help: 'the cloud: aws or google (default: that of the config)' },
};

/** How a command finds a drift monitor. */
export const MONITOR_WHEREABOUTS: Readonly<Record<string, Option>> = {
  stack: {
    type: 'string',
    value: 'NAME',
    help: 'on AWS: the stack that holds the monitor (default: named like the config)',
  },
  monitor: {
    type: 'string',
    value: 'NAME',
    help: 'the drift monitor (default: named like the config, or the only one of the stack)',
  },
  project: WHEREABOUTS.project,
  region: WHEREABOUTS.region,
  profile: WHEREABOUTS.profile,
  cloud: WHEREABOUTS.cloud,
};

/** Finds a drift monitor in its cloud. */
export async function connectMonitor(where: MonitorWhereabouts): Promise<MonitorOperations> {
  if (where.cloud === 'aws') return (await import('../clouds/aws-monitors.js')).awsMonitor(where);
  return (await import('../clouds/google-monitors.js')).googleMonitor(where);
}

/** Finds the endpoint in its cloud. */
export async function connect(where: Whereabouts): Promise<Operations> {
  if (where.cloud === 'aws') return (await import('../clouds/aws-operations.js')).awsOperations(where);
  return (await import('../clouds/google-operations.js')).googleOperations(where);
}

/** Where the command line says that the endpoint is. */
export async function whereabouts(command: string, args: Arguments): Promise<Whereabouts> {
  if ((await chosenCloud(args)) === 'aws') return awsWhereabouts(command, args);
  const { name, ...place } = await onGoogle(command, args, 'endpoint');
  return { ...place, endpoint: name };
}

/** Where the command line says that the drift monitor is. */
export async function monitorWhereabouts(command: string, args: Arguments): Promise<MonitorWhereabouts> {
  if ((await chosenCloud(args)) === 'google') {
    const { name, ...place } = await onGoogle(command, args, 'monitor');
    return { ...place, monitor: name };
  }
  checkNamed(command, args, false);
  const text = (name: string) => args.values[name] as string | undefined;
  const name = await configName(args);
  const [stack, monitor] = [text('stack') ?? name!, text('monitor') ?? name];
  return { cloud: 'aws', stack, monitor, region: text('region'), profile: text('profile') };
}

/** Options that mean something on one cloud only. */
const ONLY: Readonly<Record<Cloud, readonly string[]>> = {
  aws: ['stack', 'state-machine', 'table', 'profile'],
  google: ['project'],
};

async function chosenCloud(args: Arguments): Promise<Cloud> {
  const { positionals, values } = args;
  const named = choice(args, 'cloud', ['aws', 'google']) as Cloud | undefined;
  const cloud = named ?? (positionals.length > 0 ? await cloudOf(positionals) : 'aws');
  const foreign = ONLY[cloud === 'aws' ? 'google' : 'aws'].find((name) => values[name] !== undefined);
  if (foreign === undefined) return cloud;
  const instead =
    cloud === 'aws'
      ? 'choose Google Cloud with --cloud google'
      : 'on Google Cloud things are found by their names, --project and --region';
  throw new MisuseError(`--${foreign} is not for ${cloud === 'aws' ? 'AWS' : 'Google Cloud'}; ${instead}`);
}

/** What is named, in a config or by an option, and where it is. */
async function onGoogle(command: string, { positionals, values }: Arguments, what: 'endpoint' | 'monitor') {
  const text = (name: string) => values[name] as string | undefined;
  const config = positionals.length > 0 ? await loadConfig(positionals, { cloud: 'google' }) : undefined;
  const name = text(what) ?? config?.name;
  if (name === undefined) {
    throw new MisuseError(`${command} needs a config file, or --${what} NAME with --project and --region`);
  }
  const { GOOGLE_PROJECT, GOOGLE_CLOUD_PROJECT, GOOGLE_REGION } = process.env;
  const project = text('project') ?? config?.google?.project ?? (GOOGLE_PROJECT || GOOGLE_CLOUD_PROJECT);
  const region = text('region') ?? config?.google?.region ?? GOOGLE_REGION;
  if (!project) throw new InputError(['there is no Google Cloud project; name it with --project or GOOGLE_PROJECT']);
  if (!region) throw new InputError(['there is no Google Cloud region; name it with --region or GOOGLE_REGION']);
  return { cloud: 'google' as const, name, project, region };
}

/** The name in the config, where one is given. */
async function configName({ positionals }: Arguments): Promise<string | undefined> {
  return positionals.length > 0 ? (await loadConfig(positionals, { cloud: 'aws' })).name : undefined;
}

async function awsWhereabouts(command: string, args: Arguments): Promise<AwsWhereabouts> {
  const text = (name: string) => args.values[name] as string | undefined;
  const [stateMachine, table] = [text('state-machine'), text('table')];
  if ((stateMachine === undefined) !== (table === undefined)) {
    throw new MisuseError('--state-machine and --table go together: both name the deployer');
  }
  const deployer = stateMachine !== undefined && table !== undefined ? { stateMachine, table } : undefined;
  checkStateMachine(stateMachine);
  checkNamed(command, args, deployer !== undefined);
  const name = await configName(args);
  const [endpoint, stack] = [text('endpoint') ?? name, text('stack') ?? name];
  return { cloud: 'aws', endpoint, stack, deployer, region: text('region'), profile: text('profile') };
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
