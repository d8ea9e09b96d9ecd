import fc from 'fast-check';
import { expect, test } from 'vitest';
import { schedulerCron } from '../../lib/google/cron';

test.each([
  ['0 3 * * *', '0 3 * * *'],
  ['*/15 * * * *', '*/15 * * * *'],
  ['  0 6  * * mon-fri ', '0 6 * * 1,2,3,4,5'],
  ['0 6 * * 7', '0 6 * * 0'],
  ['0 6 * * 5-7', '0 6 * * 0,5,6'],
  ['30 4 1,15 jan-mar *', '30 4 1,15 JAN-MAR *'],
  ['0 3 1-31 * MON', '0 3 * * 1'],
  ['0 3 1,15 * 0-6', '0 3 1,15 * *'],
])('%s becomes %s', (cron, schedule) => {
  expect(schedulerCron(cron)).toBe(schedule);
});

test.each(['0 3 * *', '0 3 ? * MON', '0 3 L * *', '60 3 * * *', '0 3 1 * MON', '@daily'])('%s is refused', (cron) => {
  expect(() => schedulerCron(cron)).toThrow(/^got /);
});

/** The minutes of some weeks, from a Saturday across a leap day and a change of month. */
const START = Date.UTC(2028, 1, 26);
const MINUTES = Array.from({ length: 21 * 24 * 60 }, (_, i) => new Date(START + i * 60_000));

type Matcher = (text: string, value: number) => boolean;

/** Whether a field names a value, read independently of the code under test. */
function matcher(min: number, max: number, names: readonly string[], wrap?: number): Matcher {
  const number = (word: string) => (names.includes(word) ? names.indexOf(word) + min : Number(word));
  return (text, value) =>
    text.split(',').some((item) => {
      const [range, step = '1'] = item.split('/');
      const [from, to = from] = range === '*' ? [min, max] : range.split('-').map(number);
      for (let v = from; v <= to; v += Number(step)) if ((v === wrap ? min : v) === value) return true;
      return false;
    });
}

const minute = matcher(0, 59, []);
const hour = matcher(0, 23, []);
const dayOfMonth = matcher(1, 31, []);
const month = matcher(1, 12, ['JAN', 'FEB', 'MAR']);
const dayOfWeek = matcher(0, 6, ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'], 7);

/** The minutes of a schedule; `days` says what counts when neither day field begins with a star. */
function fires(cron: string, days: 'both' | 'either'): number[] {
  const [m, h, dom, mon, dow] = cron.split(' ');
  const either = days === 'either' && !dom.startsWith('*') && !dow.startsWith('*');
  return MINUTES.filter((t) => {
    if (!minute(m, t.getUTCMinutes()) || !hour(h, t.getUTCHours()) || !month(mon, t.getUTCMonth() + 1)) return false;
    const [inMonth, inWeek] = [dayOfMonth(dom, t.getUTCDate()), dayOfWeek(dow, t.getUTCDay())];
    return either ? inMonth || inWeek : inMonth && inWeek;
  }).map(Number);
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
    '* * 5-7',
    '* * */3',
    '1-31 * MON',
    '*/1 2-3 SUN,3',
    '1,15 * 0-6',
    '1,15 * 1-7',
  ),
};

test('the schedule comes at the same minutes, read as unix-cron', () => {
  fc.assert(
    fc.property(fields.minute, fields.hour, fields.days, (m, h, days) => {
      const cron = `${m} ${h} ${days}`;
      expect(fires(schedulerCron(cron), 'either')).toEqual(fires(cron, 'both'));
    }),
    { numRuns: 40 },
  );
  expect(fires('0 0 29 2 *', 'both')).toHaveLength(1);
});
