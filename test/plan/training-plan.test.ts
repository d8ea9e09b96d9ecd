import { expect, test } from 'vitest';
import { resolveSections } from '../../lib/config/resolve';
import { requestFormat, trainingPlan } from '../../lib/plan/training-plan';
import { fullConfig, withFields } from '../config/full-config';

function planOf(fields: Record<string, unknown> = {}, automaticApproval?: boolean) {
  const { data, training, serving } = withFields(fields);
  return trainingPlan({ ...resolveSections({ data, training, serving }), automaticApproval });
}

test('holds everything that both clouds need, and nothing of either', () => {
  expect(planOf({ 'training.hyperparameters': { z: true, a: 0.1, m: 'six' } })).toEqual({
    steps: ['dataManifest', 'preprocess', 'train', 'evaluate', 'gate', 'register'],
    source: './training',
    preprocess: 'preprocess.py',
    train: 'train.py',
    evaluate: 'evaluate.py',
    framework: { name: 'xgboost', version: '1.7' },
    compute: 'medium',
    hyperparameters: { a: 0.1, m: 'six', z: true },
    gate: { metric: 'auc', operator: '>=', threshold: 0.8 },
    schedule: '0 3 * * *',
    spot: false,
    maxRuntimeMinutes: 1440,
    volumeGb: 30,
    cacheDays: 30,
    data: { training: 's3://acme/train/' },
    contract: {
      format: 'csv',
      features: fullConfig().data.features,
      label: { name: 'delayed', type: 'categorical' },
      prediction: { name: 'score', type: 'numeric' },
      id: 'flight_id',
      split: { by: 'time', column: 'date', validationFraction: 0.2, testFraction: 0.1 },
    },
    inference: { entryPoint: 'inference.py', environment: {}, compute: 'small', requestFormat: 'csv' },
  });
});

test('hyperparameters are in the order of their names, whatever order they were written in', () => {
  const keys = Object.keys(planOf({ 'training.hyperparameters': { b: 1, a: 1, C: 1 } }).hyperparameters);
  expect(keys).toEqual(['C', 'a', 'b']);
});

test('steps depend on the preprocessing script and on automatic approval', () => {
  const own = { 'training.preprocess': undefined, 'data.split': undefined, 'data.test': 's3://acme/test/' };
  expect(planOf(own).steps).toEqual(['dataManifest', 'train', 'evaluate', 'gate', 'register']);
  expect(planOf({}, true).steps.at(-1)).toBe('approve');
});

test('the gate turns round where less is better', () => {
  expect(planOf({ 'training.evaluation.direction': 'minimize' }).gate.operator).toBe('<=');
});

test('absent things are absent, not undefined', () => {
  const planned = planOf({
    'training.schedule': undefined,
    'data.id': undefined,
    'training.preprocess': undefined,
    'data.split': undefined,
  });
  expect(Object.keys(planned)).not.toContain('schedule');
  expect(Object.keys(planned)).not.toContain('preprocess');
  expect(Object.keys(planned.contract)).toEqual(['format', 'features', 'label', 'prediction']);
});

test('files of parquet are asked in CSV', () => {
  expect(requestFormat('parquet')).toBe('csv');
  expect(requestFormat('jsonlines')).toBe('jsonlines');
  const planned = planOf({ 'data.format': 'parquet' });
  expect([planned.contract.format, planned.inference.requestFormat]).toEqual(['parquet', 'csv']);
});
