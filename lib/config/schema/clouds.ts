import { DEFAULTS } from '../defaults';
import { awsLocation, cloudVersion, flag, googleLocation, image, oneOf, struct, text } from './fields';
import type { Zod } from './fields';

const instanceType = (z: Zod) =>
  text(z, String.raw`ml\.[a-z][a-z0-9-]*\.[a-z0-9]+`, 64, 'an instance type such as ml.m5.xlarge');

const machineType = (z: Zod) => text(z, '[a-z][a-z0-9]*(?:-[a-z0-9]+)+', 63, 'a machine type such as n2-standard-8');

/** Schema of `aws`. */
export const awsSchema = (z: Zod) =>
  struct(z, {
    trainingData: awsLocation(z).optional(),
    validationData: awsLocation(z).optional(),
    testData: awsLocation(z).optional(),
    groundTruth: awsLocation(z).optional(),
    batchInput: awsLocation(z).optional(),
    batchOutput: awsLocation(z).optional(),
    asynchronousOutput: awsLocation(z).optional(),
    trainingInstanceType: instanceType(z).optional(),
    processingInstanceType: instanceType(z).optional(),
    servingInstanceType: instanceType(z).optional(),
    trainingImage: image(z).optional(),
    servingImage: image(z).optional(),
    frameworkVersion: cloudVersion(z).optional(),
    networkIsolation: flag(z).default(DEFAULTS.aws.networkIsolation),
    offlineTableFormat: oneOf(z, ['iceberg', 'glue']).default(DEFAULTS.aws.offlineTableFormat),
  });

/** Schema of `google`. */
export const googleSchema = (z: Zod) =>
  struct(z, {
    project: text(z, '[a-z][a-z0-9-]{4,28}[a-z0-9]', 30, 'a project id such as acme-ml'),
    projectNumber: text(z, String.raw`\d{6,20}`, 20, 'a project number in quotes, such as "123456789012"').optional(),
    region: text(z, String.raw`[a-z]+-[a-z]+\d+`, 40, 'a region such as europe-west4'),
    trainingData: googleLocation(z).optional(),
    validationData: googleLocation(z).optional(),
    testData: googleLocation(z).optional(),
    groundTruth: googleLocation(z).optional(),
    batchInput: googleLocation(z).optional(),
    batchOutput: googleLocation(z).optional(),
    trainingMachineType: machineType(z).optional(),
    servingMachineType: machineType(z).optional(),
    trainingImage: image(z).optional(),
    servingImage: image(z).optional(),
    frameworkVersion: cloudVersion(z).optional(),
  });
