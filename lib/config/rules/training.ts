import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { join } from '../problems';
import type { ConfigDraft, Rule } from './rule';
import { entries } from './rule';

/** SageMaker takes 100 hyperparameters (CreateTrainingJob); its own and ours need some of them. */
const MAX_HYPERPARAMETERS = 80;

const frameworkOrImage: Rule = {
  sections: ['training'],
  reads: ['training.framework', 'training.image'],
  check: ({ training }) => {
    if (training === undefined) return [];
    const { framework, image } = training;
    if (framework === undefined && image === undefined) {
      return [{ path: 'training', message: 'needs framework (such as { name: xgboost, version: "1.7" }) or image' }];
    }
    if (framework === undefined || image === undefined) return [];
    return [{ path: 'training.image', message: 'cannot stand together with training.framework; remove one of them' }];
  },
};

const hyperparameterCount: Rule = {
  sections: ['training'],
  reads: [],
  check: ({ training }) => {
    const count = Object.keys(training?.hyperparameters ?? {}).length;
    if (count <= MAX_HYPERPARAMETERS) return [];
    return [{ path: 'training.hyperparameters', message: `got ${count}, allowed: at most ${MAX_HYPERPARAMETERS}` }];
  },
};

const hyperparameterNames: Rule = {
  sections: ['training'],
  reads: [],
  check: ({ training }) =>
    entries(training?.hyperparameters)
      .filter(([name]) => name.startsWith('sagemaker_'))
      .map(([name]) => ({
        path: join('training.hyperparameters', name),
        message: 'names that start with sagemaker_ belong to the training toolkit; choose another name',
      })),
};

const splitNeedsPreprocess: Rule = {
  sections: ['data', 'training'],
  reads: ['training.preprocess'],
  check: ({ data, training }) => {
    if (training === undefined || training.preprocess !== undefined || data?.split === undefined) return [];
    const message = 'needs training.preprocess, the script that divides the data; add it, or give data.validation';
    return [{ path: 'data.split', message }];
  },
};

const filesExist: Rule = {
  sections: ['training'],
  reads: ['training.source'],
  check: (draft, { files }) => {
    const source = draft.training?.source;
    if (files === undefined || source === undefined) return [];
    const folder = path.resolve(files, source);
    if (!existsSync(folder)) return [{ path: 'training.source', message: `no such folder: ${folder}` }];
    if (!statSync(folder).isDirectory()) return [{ path: 'training.source', message: `not a folder: ${folder}` }];
    return scriptsOf(draft)
      .filter(([, file]) => !existsSync(path.join(folder, file)))
      .map(([key, file]) => ({ path: key, message: `no such script in training.source: ${path.join(folder, file)}` }));
  },
};

function scriptsOf({ training, serving }: ConfigDraft): [string, string][] {
  return entries({
    'training.preprocess': training?.preprocess,
    'training.entryPoint': training?.entryPoint,
    'training.evaluation.entryPoint': training?.evaluation?.entryPoint,
    'serving.entryPoint': serving?.entryPoint,
  });
}

/** Rules of `training`. */
export const TRAINING_RULES: readonly Rule[] = [
  frameworkOrImage,
  hyperparameterCount,
  hyperparameterNames,
  splitNeedsPreprocess,
  filesExist,
];
