import type { Machine } from '../machine-types';
import type { ContainerSpec } from './pipeline-spec';
import type { StepResources } from './resources';
import { outputFile } from './step';

/** The launcher of Google Cloud Pipeline Components; Vertex AI Pipelines knows it, and runs it without a machine of its own. */
const LAUNCHER_IMAGE = 'gcr.io/ml-pipeline/google-cloud-pipeline-components:2.22.0';
const LAUNCHER_MODULE = 'google_cloud_pipeline_components.container.v1.custom_job.launcher';

/** The service's smallest disk, in GB. */
const SMALLEST_DISK_GB = 100;

/** Families of machines that start from Hyperdisk only. */
const HYPERDISK_FAMILY = /^(n4|g4|a4x?|a3-ultragpu)-/;

/** Output that the launcher writes: the job that it started. */
export const LAUNCHER_OUTPUT = { gcp_resources: 'STRING' } as const;

/** A script that runs on a machine of its own. */
export interface Job {
  readonly displayName: string;
  /** Arguments of the step program. */
  readonly args: readonly string[];
  readonly machine: Machine;
  readonly maxRuntimeMinutes: number;
  readonly volumeGb: number;
  readonly spot: boolean;
}

/**
 * A step that runs as a custom job of Vertex AI. A plain container step could choose neither machine type nor disk, time limit or
 * spare capacity. Placeholders of the pipeline in the payload are replaced before the job is created.
 */
export function customJob(job: Job, resources: StepResources): ContainerSpec {
  const { project, region } = resources;
  return {
    image: LAUNCHER_IMAGE,
    command: ['python3', '-u', '-m', LAUNCHER_MODULE],
    args: [
      ...['--type', 'CustomJob'],
      ...['--payload', JSON.stringify(payload(job, resources))],
      ...['--project', project],
      ...['--location', region],
      ...['--gcp_resources', outputFile('gcp_resources')],
    ],
  };
}

/** The request of `customJobs.create`. */
function payload(job: Job, resources: StepResources): object {
  const { encryptionKey, network, networkAttachment, serviceAccount } = resources;
  return {
    display_name: job.displayName,
    job_spec: {
      worker_pool_specs: [workerPool(job, resources)],
      scheduling: { timeout: `${job.maxRuntimeMinutes * 60}s`, strategy: job.spot ? 'SPOT' : 'STANDARD' },
      service_account: serviceAccount,
      ...(network && { network }),
      ...(networkAttachment && { psc_interface_config: { network_attachment: networkAttachment } }),
    },
    ...(encryptionKey && { encryption_spec: { kms_key_name: encryptionKey } }),
  };
}

function workerPool({ args, machine, volumeGb }: Job, { trainingImage, source }: StepResources): object {
  const { type, accelerator } = machine;
  return {
    machine_spec: {
      machine_type: type,
      ...(accelerator && { accelerator_type: accelerator.type, accelerator_count: accelerator.count }),
    },
    replica_count: 1,
    container_spec: { image_uri: trainingImage, command: ['python3', source.programPath], args },
    disk_spec: {
      boot_disk_type: HYPERDISK_FAMILY.test(type) ? 'hyperdisk-balanced' : 'pd-ssd',
      boot_disk_size_gb: Math.max(volumeGb, SMALLEST_DISK_GB),
    },
  };
}
