import { expect, test } from 'vitest';
import { fieldsOfCron, parseCron } from '../../lib/config/cron';

test('reads stars, values, ranges, steps, lists and names', () => {
  expect(parseCron('0 3 * * *')).toMatchObject({ minute: [0], hour: [3] });
  expect(parseCron('*/20 9-17/4 1,15 JAN,jul *')).toMatchObject({
    minute: [0, 20, 40],
    hour: [9, 13, 17],
    dayOfMonth: [1, 15],
    month: [1, 7],
  });
  expect(parseCron('5 5 * * mon-FRI').dayOfWeek).toEqual([1, 2, 3, 4, 5]);
});

test('Sunday is 0 and 7', () => {
  expect(parseCron('0 0 * * 7').dayOfWeek).toEqual([0]);
  expect(parseCron('0 0 * * 5-7').dayOfWeek).toEqual([0, 5, 6]);
  expect(parseCron('0 0 * * SUN,0,7').dayOfWeek).toEqual([0]);
  expect(parseCron('0 0 * * */2').dayOfWeek).toEqual([0, 2, 4, 6]);
});

test.each([
  ['0 3 * *', /five fields/],
  ['0 3 * * ? *', /five fields/],
  ['', /five fields/],
  ['60 * * * *', /minute "60", allowed: 0 to 59/],
  ['* 24 * * *', /hour "24", allowed: 0 to 23/],
  ['* * 0 * *', /day-of-month "0", allowed: 1 to 31/],
  ['* * * 13 *', /month "13", allowed: 1 to 12, JAN to DEC/],
  ['* * * * 8', /day-of-week "8", allowed: 0 to 7, SUN to SAT/],
  ['* * * MON *', /month "MON"/],
  ['*/0 * * * *', /minute "\*\/0"/],
  ['5/15 * * * *', /minute "5\/15"/],
  ['1,,2 * * * *', /minute "1,,2"/],
  ['-1 * * * *', /minute "-1"/],
  ['1.5 * * * *', /minute/],
  ['* * ? * MON', /day-of-month "\?"/],
  ['0 0 * * FRI-MON', /a range must ascend; write it as a list, such as MON,FRI/],
  ['0 0 13 * FRI', /day-of-month and day-of-week cannot both be restricted/],
  ['0 0 31 FEB,APR *', /never comes: no such month has a day 31/],
])('refuses %j', (cron, message) => {
  expect(fieldsOfCron(cron).problem).toMatch(message);
});

test('a field that names everything is not restricted', () => {
  expect(fieldsOfCron('0 0 1-31 * MON').problem).toBeUndefined();
  expect(fieldsOfCron('0 0 29 2 *').problem).toBeUndefined();
});
