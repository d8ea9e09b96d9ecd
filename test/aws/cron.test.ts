import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventBridgeCron } from '../../lib/aws/cron';

test.each([
  ['0 3 * * *', 'cron(0 3 * * ? *)'],
  ['*/15 * * * *', 'cron(0,15,30,45 * * * ? *)'],
  ['0 6 * * MON-FRI', 'cron(0 6 ? * 2-6 *)'],
  ['0 6 * * 7', 'cron(0 6 ? * 1 *)'],
  ['0 6 * * SAT', 'cron(0 6 ? * 7 *)'],
  ['30 4 1,15 JAN-MAR *', 'cron(30 4 1,15 1-3 ? *)'],
])('%s becomes %s', (cron, expression) => {
  expect(eventBridgeCron(cron)).toBe(expression);
});

/** The minutes of some weeks, from a Saturday across a leap day and a change of month. */
const START = Date.UTC(2028, 1, 26);
const MINUTES = Array.from({ length: 21 * 24 * 60 }, (_, i) => new Date(START + i * 60_000)).map((t) => ({
  time: t.getTime(),
  minute: t.getUTCMinutes(),
  hour: t.getUTCHours(),
  date: t.getUTCDate(),
  month: t.getUTCMonth() + 1,
  day: t.getUTCDay(),
}));

type Reader = (text: string) => ReadonlySet<number>;

/** The values that a field of either language names, read independently of the code under test. */
function reader(min: number, max: number, names: readonly string[], wrap?: number): Reader {
  const number = (word: string) => (names.includes(word) ? names.indexOf(word) + min : Number(word));
  return (text) => {
    const values = new Set<number>();
    for (const item of text.split(',')) {
      const [range, step = '1'] = item.split('/');
      const [from, to = from] = range === '*' ? [min, max] : range.split('-').map(number);
      for (let v = from; v <= to; v += Number(step)) values.add(v === wrap ? min : v);
    }
    return values;
  };
}

const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const minutes = reader(0, 59, []);
const hours = reader(0, 23, []);
const daysOfMonth = reader(1, 31, []);
const months = reader(1, 12, ['JAN', 'FEB', 'MAR']);

function firesByCron(cron: string): number[] {
  const [m, h, dom, mon, dow] = cron.split(' ');
  const [inMinutes, inHours, inDates, inMonths] = [minutes(m), hours(h), daysOfMonth(dom), months(mon)];
  const inDays = reader(0, 6, DAYS, 7)(dow);
  return MINUTES.filter(
    ({ minute, hour, date, month, day }) =>
      inMinutes.has(minute) && inHours.has(hour) && inDates.has(date) && inMonths.has(month) && inDays.has(day),
  ).map(({ time }) => time);
}

/** EventBridge: Sunday = 1, exactly one of the day fields is a question mark, a year. */
function firesByEventBridge(expression: string): number[] {
  const [m, h, dom, mon, dow, year, ...rest] = expression.replace(/^cron\(|\)$/g, '').split(' ');
  expect([year, rest]).toEqual(['*', []]);
  expect([dom, dow].filter((field) => field === '?')).toHaveLength(1);
  const [inMinutes, inHours, inMonths] = [minutes(m), hours(h), months(mon)];
  const inDates = dom === '?' ? undefined : daysOfMonth(dom);
  const inDays = dow === '?' ? undefined : reader(1, 7, [])(dow);
  return MINUTES.filter(
    ({ minute, hour, date, month, day }) =>
      inMinutes.has(minute) &&
      inHours.has(hour) &&
      inMonths.has(month) &&
      (inDates?.has(date) ?? true) &&
      (inDays?.has(day + 1) ?? true),
  ).map(({ time }) => time);
}

const fields = {
  minute: fc.constantFrom('0', '*/20', '7,37', '10-12', '1-59/29'),
  hour: fc.constantFrom('*', '0', '*/8', '9-17/4', '3,23'),
  days: fc.constantFrom(
    '* * *',
    '1 * *',
    '29 2 *',
    '*/2 * *',
    '* FEB MON-FRI',
    '* * 7',
    '* * 0',
    '* * 5-7',
    '* * SAT',
    '* * */3',
    '* 2-3 SUN,3',
  ),
};

test('both languages fire at the same minutes', () => {
  fc.assert(
    fc.property(fields.minute, fields.hour, fields.days, (m, h, days) => {
      const cron = `${m} ${h} ${days}`;
      const expression = eventBridgeCron(cron);
      expect(expression.length).toBeLessThanOrEqual(256);
      expect(firesByEventBridge(expression)).toEqual(firesByCron(cron));
    }),
    { numRuns: 60 },
  );
  expect(firesByCron('0 0 29 2 *')).toHaveLength(1);
});

test('the longest expressions stay below the 256 characters that EventBridge takes', () => {
  const odd = (max: number) =>
    Array.from({ length: Math.ceil(max / 2) }, (_, i) => 2 * i + 1)
      .filter((v) => v <= max)
      .join(',');
  expect(eventBridgeCron(`${odd(59)} ${odd(23)} ${odd(31)} ${odd(12)} *`).length).toBeLessThanOrEqual(256);
});
