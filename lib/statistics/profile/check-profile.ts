/** Checks of a profile that comes from outside: a stored document may be another's, cut off, or edited. */
import type { Profile } from './profile';

/** A document that is no profile; the message has one problem a line. */
export class InvalidProfile extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'InvalidProfile';
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Gathers problems: each says where, what was got and what is allowed. */
type Report = (path: string, got: unknown, allowed: string) => void;

const LONGEST_QUOTE = 60;

/** A value in a message: short, whatever it is. */
function quoted(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** The fields of an object; none, with a problem, where it is something else. */
function fieldsAt(value: unknown, path: string, report: Report): Fields | undefined {
  if (isFields(value)) return value;
  report(path, value, 'an object');
  return undefined;
}

/** The elements of a list; none, with a problem, where it is something else. */
function listAt(value: unknown, path: string, report: Report): readonly unknown[] {
  if (Array.isArray(value)) return value;
  report(path, value, 'a list');
  return [];
}

function checkCounts(fields: Fields, names: readonly string[], path: string, report: Report): void {
  for (const name of names) {
    if (!isCount(fields[name])) report(`${path}.${name}`, fields[name], 'a whole number, at least 0');
  }
}

function checkTexts(value: unknown, path: string, report: Report): void {
  listAt(value, path, report).forEach((text, index) => {
    if (!isText(text)) report(`${path}[${index}]`, text, 'a text');
  });
}

function checkChoice(value: unknown, choices: readonly string[], path: string, report: Report): void {
  if (!choices.includes(value as string)) report(path, value, choices.map((choice) => `'${choice}'`).join(' or '));
}

function checkCuts(value: unknown, path: string, report: Report): void {
  const cuts = listAt(value, path, report);
  cuts.forEach((cut, index) => {
    if (!Number.isFinite(cut)) report(`${path}[${index}]`, cut, 'a finite number');
    else if (index > 0 && (cut as number) <= (cuts[index - 1] as number)) {
      report(`${path}[${index}]`, cut, `a number above the one before it, ${quoted(cuts[index - 1])}`);
    }
  });
}

function checkCategories(value: unknown, path: string, report: Report): void {
  checkTexts(value, path, report);
  const categories = Array.isArray(value) ? value : [];
  const twice = categories.find((category, index) => categories.indexOf(category) < index);
  if (twice !== undefined) report(path, twice, 'each category once');
}

function checkBins(value: unknown, path: string, report: Report): void {
  const column = fieldsAt(value, path, report);
  if (!column) return;
  if (!isText(column.name) || column.name === '') report(`${path}.name`, column.name, 'a text that is not empty');
  checkChoice(column.role, ['feature', 'prediction'], `${path}.role`, report);
  checkChoice(column.type, ['numeric', 'categorical'], `${path}.type`, report);
  if (column.type === 'numeric') checkCuts(column.cuts, `${path}.cuts`, report);
  if (column.type === 'categorical') checkCategories(column.categories, `${path}.categories`, report);
}

function checkOthers(value: unknown, path: string, report: Report): void {
  listAt(value, path, report).forEach((item, index) => {
    const other = fieldsAt(item, `${path}[${index}]`, report);
    if (!other) return;
    if (!isText(other.value)) report(`${path}[${index}].value`, other.value, 'a text');
    checkCounts(other, ['count'], `${path}[${index}]`, report);
  });
}

function checkRange({ least, greatest }: Fields, path: string, report: Report): void {
  for (const [name, value] of Object.entries({ least, greatest })) {
    if (value !== null && !Number.isFinite(value)) report(`${path}.${name}`, value, 'a finite number or null');
  }
  if ((least === null) !== (greatest === null))
    report(`${path}.greatest`, greatest, 'null where the least is, and only there');
  else if (least !== null && (greatest as number) < (least as number)) {
    report(`${path}.greatest`, greatest, `at least the least, ${quoted(least)}`);
  }
}

/** How many bins a column of the document has; undefined where that is not told. */
function binsOf(column: unknown): number | undefined {
  if (!isFields(column)) return undefined;
  const edges = column.type === 'numeric' ? column.cuts : column.categories;
  return Array.isArray(edges) ? edges.length + 1 : undefined;
}

function checkColumn(value: unknown, path: string, expected: { bins?: number; rows: unknown }, report: Report): void {
  const column = fieldsAt(value, path, report);
  if (!column) return;
  const { rows = expected.rows } = column;
  if (column.rows !== undefined) checkCounts(column, ['rows'], path, report);
  checkCounts(column, ['absent', 'missing', 'invalid', 'infinite'], path, report);
  checkRange(column, path, report);
  checkOthers(column.others, `${path}.others`, report);
  const counts = listAt(column.counts, `${path}.counts`, report);
  const wrong = counts.findIndex((count) => !isCount(count));
  if (wrong >= 0) return report(`${path}.counts[${wrong}]`, counts[wrong], 'a whole number, at least 0');
  if (expected.bins !== undefined && counts.length !== expected.bins) {
    report(`${path}.counts`, counts, `one count for each of the ${expected.bins} bins`);
  }
  const sum = [column.absent, column.missing, column.invalid, ...counts].reduce<number>((a, b) => a + Number(b), 0);
  if (isCount(rows) && sum !== rows)
    report(path, sum, `absent, missing, invalid and counts that add up to ${rows} rows`);
}

function checkDamage(value: unknown, report: Report): void {
  const damage = fieldsAt(value, 'counts.damage', report);
  if (!damage) return;
  checkCounts(damage, ['files', 'rows'], 'counts.damage', report);
  checkTexts(damage.examples, 'counts.damage.examples', report);
}

function checkAllCounts(value: unknown, bins: readonly unknown[], report: Report): void {
  const counts = fieldsAt(value, 'counts', report);
  if (!counts) return;
  checkCounts(counts, ['rows', 'bytes', 'files'], 'counts', report);
  checkDamage(counts.damage, report);
  checkTexts(counts.unknownColumns, 'counts.unknownColumns', report);
  const columns = listAt(counts.columns, 'counts.columns', report);
  if (columns.length !== bins.length)
    report('counts.columns', columns, `one for each of the ${bins.length} columns of bins`);
  columns.forEach((column, index) => {
    checkColumn(column, `counts.columns[${index}]`, { bins: binsOf(bins[index]), rows: counts.rows }, report);
  });
}

function checkNames(bins: readonly unknown[], report: Report): void {
  const names = bins.map((column) => (isFields(column) ? column.name : undefined));
  const seen = new Set<unknown>();
  for (const name of names) {
    if (isText(name) && seen.has(name)) report('bins', name, 'each name of a column once');
    seen.add(name);
  }
}

/**
 * The profile that a JSON document is.
 * @throws InvalidProfile with every problem: where, what was got and what is allowed
 */
export function checkProfile(document: unknown): Profile {
  const problems: string[] = [];
  const report: Report = (path, got, allowed) => problems.push(`${path} must be ${allowed}, got ${quoted(got)}`);
  const profile = fieldsAt(document, 'the profile', report);
  if (profile) {
    checkChoice(profile.format, ['cdk-mlops/profile/1'], 'format', report);
    for (const name of ['source', 'createdAt']) if (!isText(profile[name])) report(name, profile[name], 'a text');
    const bins = listAt(profile.bins, 'bins', report);
    bins.forEach((column, index) => checkBins(column, `bins[${index}]`, report));
    checkNames(bins, report);
    checkAllCounts(profile.counts, bins, report);
  }
  if (problems.length > 0) throw new InvalidProfile(problems);
  return document as Profile;
}
