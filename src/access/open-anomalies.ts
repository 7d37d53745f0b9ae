import type { ServerConfig } from '../config/server-config.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../util/clock.ts';
import { AnomalyWatch } from './anomalies/anomaly-watch.ts';
import type { Anomaly } from './anomalies/observation.ts';
import { openWebhook } from './anomalies/webhook.ts';
import { type AuditNotes, server } from './audit/audit-notes.ts';

export interface AnomalyOptions {
  readonly config: ServerConfig['anomalies'];
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: Pick<Metrics, 'counter'> | undefined;
  /** @default the audit log is not told */
  readonly notes?: Pick<AuditNotes, 'note'>;
}

/** The watch, with everybody who is told. */
export interface OpenAnomalies {
  readonly watch: AnomalyWatch | undefined;
  close(): Promise<void>;
}

/** Opens the watch for abnormal use: the log, a metric, the audit log and the webhook are told of each anomaly. */
export function openAnomalies({ config, clock, log, metrics, notes }: AnomalyOptions): OpenAnomalies {
  if (!config.enabled) return { watch: undefined, close: async () => {} };
  const { webhookUrl: url, webhookSecret: secret } = config;
  const webhook = url === undefined ? undefined : openWebhook({ url, secret, log });
  let found = 0;
  metrics?.counter('tributary_anomalies_total', 'Abnormal use that was found.', () => found);
  const report = (anomaly: Anomaly): void => {
    const { severity, ...anomalous } = anomaly;
    const record = { anomaly: { ...anomalous, severity, at: new Date(anomaly.at).toISOString() } };
    if (severity === 'alert') log.warn(record, 'Abnormal use was found.');
    else log.info(record, 'Unusual use was noticed.');
    found += 1;
    const { signal, subject } = anomaly;
    notes?.note('anomaly', {
      actor: server,
      action: `anomaly.${signal}`,
      target: subject.name,
      after: anomaly,
    });
    webhook?.tell(anomaly);
  };
  return { watch: new AnomalyWatch({ report, clock }), close: async () => webhook?.close() };
}
