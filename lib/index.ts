export * from './config/clouds';
export * from './config/data';
export * from './config/feature-store';
export * from './config/mlops';
export * from './config/monitoring';
export * from './config/serving';
export * from './config/training';
