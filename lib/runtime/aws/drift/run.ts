/** What a run is called, and where its documents lie. */
import type { AnalyzerEvent, AnalyzerInput, BaselineRequest, MonitorSettings } from '../../drift-contract';
import { parseS3Uri } from '../s3-uri';
import { AnalysisFailure } from './errors';
import type { Shelf } from './objects';

/** A folder of the artifact bucket, and what is written with. */
export interface Output extends Shelf {
  /** Key prefix, ending in a slash. */
  readonly prefix: string;
}

/** A run and its folder. */
export interface Run {
  readonly id: string;
  readonly output: Output;
  /** Key prefix of its documents, ending in a slash. */
  readonly prefix: string;
}

/** The name of an execution: the last part of its ARN. A repeated execution is the same run. */
export const runId = (execution: string): string => execution.slice(execution.lastIndexOf(':') + 1);

/** Where a monitor or a baseline writes. */
export function outputOf({ output, encryptionKeyArn }: Pick<MonitorSettings, 'output' | 'encryptionKeyArn'>): Output {
  const { bucket, prefix } = parseS3Uri(output);
  return { bucket, prefix: prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`, encryptionKeyArn };
}

/** The run of an execution, for what it was started with. */
export function runOf({ execution }: AnalyzerEvent, subject: MonitorSettings | BaselineRequest): Run {
  const [id, output] = [runId(execution), outputOf(subject)];
  return { id, output, prefix: `${output.prefix}runs/${id}/` };
}

/** The settings of the monitor that an execution was started with. */
export function monitorOf({ input }: AnalyzerEvent): MonitorSettings {
  if (!input?.monitor) throw refused(input, 'monitor');
  return input.monitor;
}

/** The request that an execution was started with. */
export function baselineOf({ input }: AnalyzerEvent): BaselineRequest {
  if (!input?.baseline) throw refused(input, 'baseline');
  return input.baseline;
}

function refused(input: AnalyzerInput | undefined, field: string): AnalysisFailure {
  return new AnalysisFailure(`the input of task ${JSON.stringify(input?.task ?? 'none')} has no "${field}"; add it`);
}

/** Where a child execution leaves what it counted: beside its batch. */
export const partialOf = (batchKey: string): string => batchKey.replace(/\/batches\/([^/]+)$/, '/partials/$1');
