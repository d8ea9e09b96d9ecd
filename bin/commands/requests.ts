import type { Arguments, Command } from '../command';
import { ASKING, ASKING_USAGE, ask } from '../operations/asking';
import type { Wish } from '../operations/asking';
import { patience } from '../operations/waiting';
import { CONFIG_OR_STACK, connect, whereabouts } from '../operations/whereabouts';
import type { Terminal } from '../terminal';

/** A command that asks the deployer for something that needs no more words. */
function requestCommand(kind: Wish['kind'], summary: string, description: string): Command {
  return {
    name: kind,
    summary,
    usage: `CONFIG…|--stack NAME ${ASKING_USAGE}`,
    description,
    arguments: CONFIG_OR_STACK,
    options: ASKING,
    async run(args: Arguments, terminal: Terminal): Promise<number> {
      patience(args); // before anything is asked for
      const operations = await connect(await whereabouts(kind, args));
      await operations.record();
      return ask({ kind }, operations, args, terminal);
    },
  };
}

export const promoteCommand = requestCommand(
  'promote',
  'end a running A/B test: the challenger becomes champion',
  'Asks the deployer to promote the challenger that is being tested, before the test has decided.',
);

export const rollbackCommand = requestCommand(
  'rollback',
  'end a running A/B test for the champion, or go back to the champion before',
  'Asks the deployer to end a running A/B test for the champion; without one, to bring back the champion before. What is left is\n' +
    'not deployed again unless someone asks for it.',
);

export const undeployCommand = requestCommand(
  'undeploy',
  'take the model from the endpoint',
  'Asks the deployer to take all models from the endpoint; on AWS the endpoint goes too. Its record and its stack stay, and nothing\n' +
    'is deployed until someone asks for it.',
);
