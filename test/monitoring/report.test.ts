import { describe, expect, test } from 'vitest';
import { buildReport } from '../../lib/monitoring/report';
import { COLUMNS, finding, numericBins, sampleReport } from './report-sample';

describe('a report', () => {
  test('comes through JSON as it is', () => {
    const report = sampleReport(COLUMNS);
    expect(JSON.parse(JSON.stringify(report))).toStrictEqual(report);
  });

  test('has no key for what is absent', () => {
    const { bins, baselineCounts, windowCounts, judgement, ...rest } = sampleReport(COLUMNS);
    const baseline = { ...rest.baseline, format: 'cdk-mlops/profile/1', bins, counts: baselineCounts } as const;
    const input = { title: 'files', createdAt: rest.createdAt, baseline, windowCounts, judgement };
    const report = buildReport({ ...input, model: undefined, window: undefined });
    expect(Object.keys(report)).not.toContain('model');
    expect(Object.keys(report)).not.toContain('window');
    expect(report.bins).toStrictEqual(bins);
    expect(report.baselineCounts).toStrictEqual(baselineCounts);
  });

  test('holds the largest number where JSON has no infinity', () => {
    const endless = { ...finding(numericBins('delay', [1, 2]), 2), statistic: Infinity };
    const report = sampleReport(COLUMNS, { findings: [endless], maxDrift: -Infinity });
    expect(report.judgement.findings[0].statistic).toBe(Number.MAX_VALUE);
    expect(report.judgement.maxDrift).toBe(-Number.MAX_VALUE);
  });
});
