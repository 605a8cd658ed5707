import { apiError, requestContextSchema, type ReplyPart, type UsageRecord } from '@lumenfall/contracts';
import type { ReplyOutbox } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';
import { z } from 'zod';
import { recordDurably } from './usage-sender.js';
import type { UsageSender } from './usage-sender.js';
import { unchargedOutcome, usageRecordOf } from '@lumenfall/metering';

/** Later than any run that a job can have, so that no gateway takes the message for one of an older run. */
const AFTER_EVERY_RUN = 1_000_000;

/** The least that must be readable to answer and to record; the rest of the payload may be what made the job fail. */
const salvageSchema = z.object({ requestContext: requestContextSchema, replyTo: z.string() });

export interface AbandonedJob {
  name: string;
  /** Unparsed. */
  payload: unknown;
  reason: string;
}

/** How a request ended: what is recorded of it (null: that is done) and what its client is told. */
export interface AbandonedOutcome {
  usage: UsageRecord | null;
  part: ReplyPart;
}

export interface AbandonmentPorts {
  usage: UsageSender;
  outbox: Pick<ReplyOutbox, 'send'>;
  log: Logger;
  /** For work that may have ended before it was given up: answers how it did, or with the words it was given. */
  settle?(requestId: string, words: AbandonedOutcome): Promise<AbandonedOutcome>;
}

/** Ends a chat or image request that the queue has given up, so that its client gets an answer and its request a record. */
export async function endAbandonedAnswer(
  { name, payload, reason }: AbandonedJob,
  { usage, outbox, log, settle }: AbandonmentPorts,
): Promise<void> {
  const salvaged = salvageSchema.safeParse(payload);
  if (!salvaged.success) {
    log.error({ job: name, reason }, 'a job was given up that does not tell whose it is');
    return;
  }
  const { requestContext, replyTo } = salvaged.data;
  log.error({ job: name, requestId: requestContext.requestId, reason }, 'a job was given up');
  const error = apiError(
    'OVERLOADED',
    'The request could not be completed: the work on it was interrupted and given up',
  );
  const record = usageRecordOf(requestContext, unchargedOutcome('upstream_failure', error), Date.now());
  const { requestId } = requestContext;
  const planned: AbandonedOutcome = { usage: record, part: { type: 'error', error, executedModel: null } };
  const words = (await settle?.(requestId, planned)) ?? planned;
  if (words.usage !== null) await recordDurably(usage, words.usage, { until: Date.now() });
  await outbox.send(replyTo, { requestId, run: AFTER_EVERY_RUN, seq: 0, parts: [words.part] });
}
