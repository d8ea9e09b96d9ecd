import { describe, expect, test } from 'vitest';
import { failureAlert } from '../../lib/google/alert';
import type { FailureCondition } from '../../lib/google/alert';
import { Notifications } from '../../lib/google/notifications';
import { addresses, block, blocks, synthesize } from './blocks';
import { schemaProblems } from './judges';

const PAGER = 'projects/acme-ml/notificationChannels/1';

describe('notifications', () => {
  const notify = (emailAddresses: string[], use: (notifications: Notifications) => void = () => {}) =>
    synthesize((stack) => {
      const props = { project: 'acme-ml', title: 'churn', emailAddresses, channels: [PAGER] };
      use(new Notifications(stack, 'Notifications', props));
    });

  test('go to each address by a channel of its own, and to given channels', () => {
    const document = notify(['a@example.com', 'b@example.com', 'a@example.com'], ({ channels }) => {
      expect(channels).toHaveLength(3);
      expect(channels[0]).toBe(PAGER);
    });
    expect(schemaProblems(document)).toEqual([]);
    const channels = blocks(document, 'google_monitoring_notification_channel');
    expect(channels.map(({ type, labels }) => [type, labels])).toEqual([
      ['email', { email_address: 'a@example.com' }],
      ['email', { email_address: 'b@example.com' }],
    ]);
  });

  test('to one address stay when another is taken away, which goes last', () => {
    const [both, one] = [notify(['a@example.com', 'b@example.com']), notify(['b@example.com'])];
    expect(addresses(both).slice(1)).toEqual(addresses(one));
    expect(block(one, 'google_monitoring_notification_channel').lifecycle).toEqual({ create_before_destroy: true });
  });

  test('may go to nobody', () => {
    const document = synthesize((stack) => {
      expect(new Notifications(stack, 'None', { project: 'acme-ml', title: 'churn' }).channels).toEqual([]);
    });
    expect(addresses(document)).toEqual([]);
  });
});

describe('a failure alert', () => {
  const alert = (condition: FailureCondition, documentation = 'Look.', channels?: string[]) =>
    synthesize((stack) => {
      const props = { project: 'acme-ml', displayName: 'churn: a training failed', documentation, condition, channels };
      failureAlert(stack, 'Alert', props);
    });

  test('is raised by the first failure that a metric counts', () => {
    const document = alert({ metric: 'metric.type="x"' }, 'Look.', [PAGER]);
    expect(schemaProblems(document)).toEqual([]);
    expect(block(document, 'google_monitoring_alert_policy')).toMatchObject({
      notification_channels: [PAGER],
      documentation: { content: 'Look.', mime_type: 'text/markdown' },
      alert_strategy: { auto_close: '1800s' },
      conditions: [
        {
          condition_threshold: {
            filter: 'metric.type="x"',
            comparison: 'COMPARISON_GT',
            threshold_value: 0,
            duration: '0s',
            aggregations: [expect.objectContaining({ per_series_aligner: 'ALIGN_SUM' })],
          },
        },
      ],
    });
  });

  test('is raised by an entry of a log, at most every five minutes, which only such policies take', () => {
    const document = alert({ log: 'severity>=ERROR' });
    expect(schemaProblems(document)).toEqual([]);
    const policy = block(document, 'google_monitoring_alert_policy');
    expect(policy.conditions).toEqual([
      { display_name: 'churn: a training failed', condition_matched_log: { filter: 'severity>=ERROR' } },
    ]);
    expect(policy.alert_strategy).toEqual({ auto_close: '1800s', notification_rate_limit: { period: '300s' } });
    const counted = block(alert({ metric: 'metric.type="x"' }), 'google_monitoring_alert_policy');
    expect(counted.alert_strategy).not.toHaveProperty('notification_rate_limit');
  });

  test('says what Cloud Monitoring fills in, which Terraform must not', () => {
    const document = alert({ metric: 'metric.type="x"' }, 'Pipeline ${resource.label.workflow_id} failed.');
    expect(block(document, 'google_monitoring_alert_policy').documentation.content).toBe(
      'Pipeline $${resource.label.workflow_id} failed.',
    );
    expect(schemaProblems(document)).toEqual([]);
  });
});
