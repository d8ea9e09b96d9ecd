import type { AnalyzerEvent, AnalyzerOperation, AnalyzerPlan } from '../../drift-contract';
import { finishBaseline, makeEdges } from './baseline';
import { planBaseline } from './baseline-plan';
import type { Cloud } from './cloud';
import { fail } from './fail';
import { judge } from './judge';
import { planMonitor } from './monitor-plan';
import { retrain } from './retrain';
import { work } from './work';

/** Each may be called again after its answer was lost. */
const OPERATIONS: Readonly<Record<AnalyzerOperation, (cloud: Cloud, event: AnalyzerEvent) => Promise<unknown>>> = {
  plan,
  work,
  edges: makeEdges,
  judge,
  baseline: finishBaseline,
  retrain,
  fail,
};

/** Runs one operation. What it answers becomes part of the state. */
export async function runOperation(cloud: Cloud, event: AnalyzerEvent): Promise<unknown> {
  return OPERATIONS[event.operation](cloud, event);
}

function plan(cloud: Cloud, event: AnalyzerEvent): Promise<AnalyzerPlan> {
  return event.input?.task === 'baseline' ? planBaseline(cloud, event) : planMonitor(cloud, event);
}
