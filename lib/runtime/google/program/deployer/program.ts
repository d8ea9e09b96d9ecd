/** The deployer of one endpoint: brings approved models into production, tests them, and rolls them back. */
import type { Activity, Ending, Program, Requesting } from '../protocol';
import { startingOver } from '../record-store';
import { WrittenByAnother } from '../storage';
import { ask } from './ask';
import { createCandidate } from './candidate';
import { claim } from './claim';
import { cleanUp } from './clean-up';
import { LeaseLost, outcomeOf } from './errors';
import { judge } from './judge';
import { end, predict, predicting, settlePrediction } from './predict';
import { settleStep } from './settle';
import { takeBack, watch } from './watch';
import type { Carry, Work } from './work';
import { to, workOf } from './work';

type Part = (work: Work, carry: Carry) => Requesting<Ending>;

/** Every activity may run again after its answer was lost, and starts over when another has written the record. */
const PARTS: Readonly<Record<string, Part>> = {
  start,
  claim,
  judge,
  create: failing(createCandidate, 'takeBack'),
  ask: failing(ask, 'takeBack'),
  watch: failing(watch, 'takeBack'),
  takeBack: failing(takeBack, 'settle'),
  settle: settleStep,
  cleanUp,
  predict,
  predicting,
  settlePrediction,
  end,
};

export const deployer: Program = Object.fromEntries(
  Object.entries(PARTS).map(([name, part]) => [name, startingOver(name, asActivity(part))]),
);

function asActivity(part: Part): Activity {
  return (context, carry) => part(workOf(context), carry as Carry);
}

function* start(work: Work): Requesting<Ending> {
  return yield* work.argument.task === 'predict' ? predict(work) : claim(work, { turn: 1 });
}

/** A part of a step. What is thrown in it ends the step, and what follows says so in the record. */
function failing(part: Part, next: string): Part {
  return function* (work, carry) {
    try {
      return yield* part(work, carry);
    } catch (error) {
      if (error instanceof LeaseLost || error instanceof WrittenByAnother) throw error;
      return to(next, { turn: carry.turn, outcome: carry.outcome ?? outcomeOf(error) });
    }
  };
}
