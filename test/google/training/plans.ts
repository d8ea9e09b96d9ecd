import { resolveSections } from '../../../lib/config/resolve';
import type { ResolvedGoogle } from '../../../lib/config/schema';
import type { StepResources } from '../../../lib/google/training/resources';
import { trainingPlan } from '../../../lib/plan/training-plan';
import type { TrainingPlan } from '../../../lib/plan/training-plan';

/** Sections of a config that trains on Google Cloud; each may be changed. */
export interface Sections {
  readonly data?: object;
  readonly training?: object;
  readonly serving?: object;
  readonly google?: object;
  readonly automaticApproval?: boolean;
}

/** The plan of a small config. */
export function planOf(changes: Sections = {}): { plan: TrainingPlan; google: ResolvedGoogle } {
  const sections = resolveSections(
    {
      data: { training: 'gs://acme/train/', validation: 'gs://acme/validation/', ...changes.data },
      training: {
        framework: { name: 'xgboost', version: '2.1' },
        source: './training',
        preprocess: 'preprocess.py',
        entryPoint: 'train.py',
        evaluation: { entryPoint: 'evaluate.py', metric: 'auc', threshold: 0.8 },
        ...changes.training,
      },
      serving: { ...changes.serving },
      google: { project: 'acme-ml', region: 'europe-west4', ...changes.google },
    },
    { cloud: 'google', capabilities: ['trainingPipeline'] },
  );
  const { automaticApproval } = changes;
  return { plan: trainingPlan({ ...sections, automaticApproval }) as TrainingPlan, google: sections.google };
}

/** What exists in a project. */
export const RESOURCES: StepResources = {
  pipelineName: 'flights',
  project: 'acme-ml',
  region: 'europe-west4',
  data: { training: 'gs://acme/train/', validation: 'gs://acme/validation/' },
  trainingImage: 'europe-docker.pkg.dev/vertex-ai/training/xgboost-cpu.2-1:latest',
  servingImage: 'europe-docker.pkg.dev/vertex-ai/prediction/xgboost-cpu.2-1:latest',
  trainingMachine: { type: 'n2-standard-4' },
  processingMachine: { type: 'n2-standard-4' },
  source: { uri: 'gs://bucket/source/abc.tgz', programPath: '/gcs/bucket/source/abc.pyz', codeVersion: 'abc' },
  stagingUri: 'gs://bucket/data/',
  checkpointsUri: 'gs://bucket/checkpoints/',
  modelId: 'flights',
  serviceAccount: 'training@acme-ml.iam.gserviceaccount.com',
};
