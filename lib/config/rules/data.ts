import { DEFAULTS } from '../defaults';
import { show } from '../problems';
import type { Rule } from './rule';
import { repeated } from './rule';

const featuresListedOnce: Rule = {
  sections: ['data'],
  reads: [],
  check: ({ data }) =>
    repeated((data?.features ?? []).map((feature) => feature?.name)).map(({ index, first, name }) => ({
      path: `data.features[${index}].name`,
      message: `${show(name)} is listed twice, first as data.features[${first}]`,
    })),
};

const columnsApartFromFeatures: Rule = {
  sections: ['data'],
  reads: [],
  check: ({ data }) => {
    const features = (data?.features ?? []).map((feature) => feature?.name);
    const columns = { 'label.name': data?.label?.name, 'prediction.name': data?.prediction?.name, id: data?.id };
    return Object.entries(columns)
      .filter(([, name]) => name !== undefined && features.includes(name))
      .map(([key, name]) => ({
        path: `data.${key}`,
        message: `${show(name)} is also data.features[${features.indexOf(name)}]; a model's input cannot be its ${key.split('.')[0]}`,
      }));
  },
};

const idApartFromLabels: Rule = {
  sections: ['data'],
  reads: [],
  check: ({ data }) => {
    const other = (['label', 'prediction'] as const).find(
      (key) => data?.id !== undefined && data[key]?.name === data.id,
    );
    if (other === undefined) return [];
    return [
      {
        path: 'data.id',
        message: `${show(data?.id)} is also data.${other}.name; a request id has a column of its own`,
      },
    ];
  },
};

const splitWithoutOwnSets: Rule = {
  sections: ['data'],
  reads: [],
  check: ({ data }) =>
    (['validation', 'test'] as const)
      .filter((key) => data?.split !== undefined && data[key] !== undefined)
      .map((key) => ({ path: `data.${key}`, message: 'cannot stand together with data.split; remove one of them' })),
};

const splitColumn: Rule = {
  sections: ['data'],
  reads: ['data.split.by', 'data.split.column'],
  check: ({ data }) => {
    const { by, column } = data?.split ?? {};
    const path = 'data.split.column';
    if (by === 'time' && column === undefined) {
      return [{ path, message: 'missing; a split by time needs the column that orders the rows' }];
    }
    if (by === 'random' && column !== undefined) {
      return [{ path, message: `got ${show(column)}, but a random split uses no column; remove it, or split by time` }];
    }
    return [];
  },
};

const splitLeavesTrainingRows: Rule = {
  sections: ['data'],
  reads: ['data.split.validationFraction', 'data.split.testFraction'],
  check: ({ data }) => {
    if (data?.split === undefined) return [];
    const { validationFraction = DEFAULTS.data.validationFraction, testFraction = DEFAULTS.data.testFraction } =
      data.split;
    if (validationFraction + testFraction < 1) return [];
    const message = `validationFraction ${validationFraction} and testFraction ${testFraction} leave no rows for training; together they must stay below 1`;
    return [{ path: 'data.split', message }];
  },
};

/** Rules of `data`. */
export const DATA_RULES: readonly Rule[] = [
  featuresListedOnce,
  columnsApartFromFeatures,
  idApartFromLabels,
  splitWithoutOwnSets,
  splitColumn,
  splitLeavesTrainingRows,
];
