// A monitor's year without a cloud: the hours of a folder are counted, judged day by day and settled, as the analyzer does it.
//   node drift_year.mjs SETTINGS.json
import { createReadStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const built = (module) => require(path.resolve(import.meta.dirname, '../../../dist/lib', module));
const { countFiles, profileFiles } = built('readers/index.js');
const { alphaPerRun, judgeDrift } = built('statistics/drift/judge.js');
const { emptyCounts, mergeCounts } = built('statistics/profile/index.js');
const { emptyMonitorRecord } = built('monitoring/record.js');
const { settleRun } = built('monitoring/settle.js');
const { buildReport } = built('monitoring/report.js');
const { reportPage } = built('monitoring/report-page.js');

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { folder, columns, rules, everyHours, windowHours, falseAlarmsPerYear, pages } = settings;
const HOUR = 3_600_000;
const EARLIER_HOURS = 168; // as the analyzer gives the judge

const file = (name) => ({ name, open: () => createReadStream(path.join(folder, name)) });
const hourName = (time) => new Date(time).toISOString().slice(0, 13);

const baseline = await profileFiles([file('baseline.csv')], {
  columns,
  format: 'csv',
  source: 'January to March',
  createdAt: settings.from,
});
const counted = new Map();
async function hour(time) {
  const name = hourName(time);
  if (!counted.has(name)) {
    const there = existsSync(path.join(folder, `${name}.jsonl`));
    const options = { bins: baseline.bins, format: 'capture' };
    const counts = there ? await countFiles([file(`${name}.jsonl`)], options) : emptyCounts(baseline.bins);
    counted.set(name, { hour: name, counts });
  }
  return counted.get(name);
}
async function hours(from, to) {
  const list = [];
  for (let time = from; time < to; time += HOUR) list.push(await hour(time));
  return list;
}

let record = emptyMonitorRecord('flights');
const runs = [];
const events = [];
const judged = { ...rules, alpha: alphaPerRun(falseAlarmsPerYear, everyHours) };
for (
  let until = Date.parse(settings.from) + windowHours * HOUR;
  until <= Date.parse(settings.to);
  until += everyHours * HOUR
) {
  const window = await hours(until - windowHours * HOUR, until);
  const earlier = await hours(until - (windowHours + EARLIER_HOURS) * HOUR, until - windowHours * HOUR);
  const judgement = judgeDrift(baseline, { hours: window, earlier }, judged);
  const at = new Date(until).toISOString();
  const settled = settleRun(record, { id: at, at, windowHours, judgement, model: '1' });
  record = settled.record;
  events.push(...settled.changes);
  const drifted = judgement.findings.filter((finding) => finding.drifted);
  runs.push({
    at,
    verdict: judgement.verdict,
    state: record.state,
    columns: judgement.findings
      .filter(({ test }) => test === 'ks')
      .map(({ name, statistic, threshold, statisticBound, effectiveRows }) => ({
        ...{ name, statistic, threshold, statisticBound, effectiveRows },
      })),
    drifted: drifted.map(({ name, test, reason }) => ({ name, test, reason })),
  });
  if (pages.includes(at.slice(0, 10))) {
    const windowCounts = window.map(({ counts }) => counts).reduce(mergeCounts);
    const report = buildReport({ title: 'flights', createdAt: at, baseline, windowCounts, judgement });
    writeFileSync(path.join(folder, `${at.slice(0, 10)}.html`), reportPage(report));
  }
}
console.log(JSON.stringify({ runs, events }));
