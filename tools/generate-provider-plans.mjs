// Writes test/google/facts/plans.json: updates of resources, and whether each version of the google provider plans to replace
// them. `diff` is judged by it. Needs Go and checkouts as tools/generate-provider-facts.mjs; run it after that:
//
//   node tools/generate-provider-plans.mjs 6=CHECKOUT_OF_v6.50.0 7=CHECKOUT_OF_v7.x 8=CHECKOUT_OF_v8.x
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const CASES_PER_TYPE = Number(process.env.CASES_PER_TYPE ?? 12);
const root = path.resolve(import.meta.dirname, '..');
const output = process.env.OUTPUT ?? path.join(root, 'test/google/facts/plans.json');
const factsOf = (major) =>
  JSON.parse(readFileSync(path.join(root, `lib/google/facts/google-${major}.json`), 'utf8')).types;

/** The same numbers on every run, so that a new version of the provider reads well as a diff. */
function* randoms(seed) {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}
const source = randoms(Number(process.env.SEED ?? 1));
const random = () => source.next().value;
const pick = (values) => values[Math.floor(random() * values.length)];

const COLUMNS = [
  { name: 'id', type: 'STRING', mode: 'REQUIRED' },
  { name: 'id', type: 'STRING' },
  { name: 'distance', type: 'FLOAT' },
  { name: 'distance', type: 'FLOAT64', mode: 'NULLABLE' },
  { name: 'distance', type: 'INT64' },
  { name: 'origin', type: 'RECORD', fields: [{ name: 'code', type: 'STRING' }] },
  {
    name: 'origin',
    type: 'RECORD',
    fields: [
      { name: 'code', type: 'STRING' },
      { name: 'city', type: 'STRING' },
    ],
  },
];

function columns() {
  const chosen = ['id', 'distance', 'origin'].filter(() => random() < 0.7);
  return JSON.stringify(chosen.map((name) => pick(COLUMNS.filter((column) => column.name === name))));
}

function value(name, facts) {
  if (facts.arguments) return Array.from({ length: facts.max === 1 ? 1 : pick([1, 2]) }, () => body(facts.arguments));
  if (name === 'schema') return columns();
  if (name === 'dashboard_json') return pick(['{"a":1}', '{ "a": 1 }', '{"a":2}']);
  if (facts.default !== undefined && random() < 0.3) return facts.default;
  const scalar = { string: () => pick(['A', 'B']), number: () => pick([0, 1, 2]), bool: () => random() < 0.5 };
  if (facts.type === 'map')
    return Object.fromEntries(['k', 'l'].filter(() => random() < 0.6).map((k) => [k, scalar[facts.of]()]));
  if (facts.type === 'list' || facts.type === 'set') return [...new Set([scalar[facts.of](), scalar[facts.of]()])];
  return scalar[facts.type]();
}

/** What is set of the arguments that every version has. */
function body(schema) {
  const settable = Object.entries(schema).filter(([, { readOnly }]) => !readOnly);
  const chosen = settable.filter(([, { required }]) => required || random() < 0.35);
  return Object.fromEntries(chosen.map(([name, facts]) => [name, value(name, facts)]));
}

function hasArguments({ arguments: nested = {} }) {
  return Object.values(nested).some(({ readOnly }) => !readOnly);
}

/** The same with an argument or two that are others, came or went. */
function changed(schema, given) {
  const after = structuredClone(given);
  for (let left = pick([1, 1, 2]); left > 0; left--) {
    const [name, facts] = pick(Object.entries(schema).filter(([, { readOnly }]) => !readOnly));
    const inner = hasArguments(facts) && after[name]?.length > 0 && random() < 0.7;
    if (inner) after[name][0] = changed(facts.arguments, after[name][0]);
    else if (after[name] !== undefined && !facts.required && random() < 0.4) delete after[name];
    else after[name] = value(name, facts);
  }
  return after;
}

/** The arguments that can be set in every version. */
function common([first, ...others]) {
  const shared = Object.entries(first).filter(([name]) =>
    others.every((other) => other[name] && !other[name].readOnly),
  );
  return Object.fromEntries(
    shared.map(([name, facts]) => {
      const inner = facts.arguments && [facts, ...others.map((other) => other[name])].map((each) => each.arguments);
      return [name, inner ? { ...facts, arguments: common(inner) } : facts];
    }),
  );
}

/** What a version of the provider plans. */
function plans(checkout, updates) {
  const place = path.join(checkout, 'provider-plans');
  cpSync(path.join(root, 'tools/provider-plans'), place, { recursive: true });
  try {
    const options = {
      cwd: checkout,
      input: JSON.stringify(updates),
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      stdio: ['pipe', 'pipe', 'ignore'],
    };
    return JSON.parse(execFileSync('go', ['run', './provider-plans'], options));
  } finally {
    rmSync(place, { recursive: true });
  }
}

/** The arguments that are a reason; the id changes with any of them. */
function argumentsIn(replaced) {
  return [...new Set(replaced)].filter((name) => name !== 'id').sort();
}

const majors = process.argv.slice(2).map((argument) => argument.split('='));
if (majors.length === 0) throw new Error('which checkouts? 6=DIR 7=DIR 8=DIR');
const facts = majors.map(([major]) => factsOf(major));
const types = Object.keys(facts[0]).filter((type) => !type.startsWith('data.'));
const updates = types.flatMap((type) => {
  const schema = common(facts.map((of) => of[type]));
  return Array.from({ length: CASES_PER_TYPE }, () => {
    const before = body(schema);
    return { type, before, after: changed(schema, before) };
  });
});
const answers = majors.map(([major, checkout]) => [major, plans(checkout, updates)]);
const lines = updates.flatMap((update, i) => {
  // What the provider refuses to plan tells nothing.
  if (answers.some(([, of]) => of[i].error)) return [];
  const replaced = Object.fromEntries(answers.map(([major, of]) => [major, argumentsIn(of[i].replaced)]));
  return [JSON.stringify({ ...update, replaced })];
});
writeFileSync(output, `[\n${lines.join(',\n')}\n]\n`);
if (process.env.VERBOSE) {
  const errors = answers.flatMap(([major, of]) =>
    of.map(({ error }, i) => error && `${major} ${updates[i].type}: ${error}`),
  );
  console.log([...new Set(errors.filter(Boolean))].join('\n'));
}
console.log(`${lines.length} of ${updates.length} updates planned`);
