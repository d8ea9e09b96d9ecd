// Writes lib/google/facts/google-<major>.json, what the google provider's schema says of the resource types in use, and
// test/google/facts/resource-types.json, the names of all types. Needs Go and one checkout of
// https://github.com/hashicorp/terraform-provider-google per major version. Run it after a new major version, or when a type is
// added to the list below:
//
//   node tools/generate-provider-facts.mjs 6=CHECKOUT_OF_v6.50.0 7=CHECKOUT_OF_v7.x 8=CHECKOUT_OF_v8.x
//   node tools/generate-resource-types.mjs
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const TYPES = [
  'google_bigquery_dataset',
  'google_bigquery_dataset_iam_member',
  'google_bigquery_routine',
  'google_bigquery_table',
  'google_bigquery_table_iam_member',
  'google_cloud_scheduler_job',
  'google_eventarc_trigger',
  'google_kms_crypto_key',
  'google_kms_crypto_key_iam_member',
  'google_kms_key_ring',
  'google_logging_project_sink',
  'google_monitoring_alert_policy',
  'google_monitoring_dashboard',
  'google_monitoring_notification_channel',
  'google_project_iam_custom_role',
  'google_project_iam_member',
  'google_pubsub_subscription',
  'google_pubsub_topic',
  'google_pubsub_topic_iam_member',
  'google_service_account',
  'google_service_account_iam_member',
  'google_storage_bucket',
  'google_storage_bucket_iam_member',
  'google_storage_bucket_object',
  'google_storage_notification',
  'google_vertex_ai_endpoint',
  'google_vertex_ai_feature_group',
  'google_vertex_ai_feature_group_feature',
  'google_vertex_ai_feature_online_store',
  'google_vertex_ai_feature_online_store_featureview',
  'google_workflows_workflow',
  'data.google_project',
  'data.google_storage_project_service_account',
];

const FACTS = path.resolve(import.meta.dirname, '../lib/google/facts');
const NAMES = path.resolve(import.meta.dirname, '../test/google/facts/resource-types.json');
const PROGRAM = path.resolve(import.meta.dirname, 'provider-facts');

/** Runs the Go program inside a checkout. */
function readFacts(checkout) {
  const place = path.join(checkout, 'provider-facts');
  cpSync(PROGRAM, place, { recursive: true });
  try {
    const options = { cwd: checkout, encoding: 'utf8', maxBuffer: 2 ** 28 };
    return JSON.parse(execFileSync('go', ['run', './provider-facts', ...TYPES], options));
  } finally {
    rmSync(place, { recursive: true });
  }
}

/** The version that a checkout's changelog names first. */
function versionOf(checkout, major) {
  const changelog = readFileSync(path.join(checkout, 'CHANGELOG.md'), 'utf8');
  const version = /^## (\d+\.\d+\.\d+)/m.exec(changelog)?.[1];
  return version?.startsWith(`${major}.`) ? version : `${major}.0.0 before its release`;
}

/** One line per type, so that a new version reads well as a diff. */
function render(version, types) {
  const lines = Object.keys(types)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${JSON.stringify(types[name])}`);
  return `{"provider":${JSON.stringify(version)},"types":{\n${lines.join(',\n')}\n}}\n`;
}

const majors = process.argv.slice(2).map((argument) => argument.split('='));
if (majors.length === 0) throw new Error('which checkouts? 6=DIR 7=DIR 8=DIR');
const namesByMajors = new Map();
for (const [major, checkout] of majors) {
  const { types, resourceTypes } = readFacts(checkout);
  const missing = TYPES.filter((type) => !(type in types));
  if (missing.length > 0) throw new Error(`${checkout} lacks ${missing.join(', ')}`);
  mkdirSync(FACTS, { recursive: true });
  writeFileSync(path.join(FACTS, `google-${major}.json`), render(versionOf(checkout, major), types));
  for (const name of resourceTypes) namesByMajors.set(name, [...(namesByMajors.get(name) ?? []), major]);
}

// Types by the majors that have them: most are in all.
const groups = {};
for (const [name, of] of [...namesByMajors].sort()) (groups[of.join(' ')] ??= []).push(name);
mkdirSync(path.dirname(NAMES), { recursive: true });
writeFileSync(NAMES, `${JSON.stringify(groups).replaceAll('],', '],\n')}\n`);
