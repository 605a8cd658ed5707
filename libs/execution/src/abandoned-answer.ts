import { apiError, requestContextSchema, type ReplyPart, type UsageRecord } from '@lumenfall/contracts';
import type { ReplyOutbox, UsageAppender } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';
import { z } from 'zod';
import { recordDurably } from './record-durably.js';
import { unchargedOutcome, usageRecordOf } from '@lumenfall/metering';

/** Higher than the number of any run, so that no gateway drops the message as one of an older run. */
const AFTER_EVERY_RUN = 1_000_000;

/** The part of the payload that an answer and a record need; the rest may be the reason why the job failed. */
const addressSchema = z.object({ requestContext: requestContextSchema, replyTo: z.string() });

export interface AbandonedJob {
  name: string;
  /** Unparsed. */
  payload: unknown;
  reason: string;
}

/** The outcome of a request: its usage record (null if it was recorded before) and the last part of its reply. */
export interface AbandonedOutcome {
  usage: UsageRecord | null;
  part: ReplyPart;
}

export interface AbandonmentPorts {
  usage: UsageAppender;
  outbox: Pick<ReplyOutbox, 'send'>;
  log: Logger;
  /**
   * For work that may have ended before it was given up: returns its stored outcome, or stores and returns `planned`.
   */
  settle?(requestId: string, planned: AbandonedOutcome): Promise<AbandonedOutcome>;
}

/** Ends a chat or image request whose job was given up: with a last part for its client and a usage record. */
export async function endAbandonedAnswer(
  { name, payload, reason }: AbandonedJob,
  { usage, outbox, log, settle }: AbandonmentPorts,
): Promise<void> {
  const address = addressSchema.safeParse(payload);
  if (!address.success) {
    log.error({ job: name, reason }, 'a job was given up whose payload has no request context');
    return;
  }
  const { requestContext, replyTo } = address.data;
  log.error({ job: name, requestId: requestContext.requestId, reason }, 'a job was given up');
  const error = apiError('OVERLOADED', 'The request was interrupted and could not be completed. Please send it again');
  const record = usageRecordOf(requestContext, unchargedOutcome('upstream_failure', error), Date.now());
  const { requestId } = requestContext;
  const planned: AbandonedOutcome = { usage: record, part: { type: 'error', error, executedModel: null } };
  const outcome = (await settle?.(requestId, planned)) ?? planned;
  if (outcome.usage !== null) await recordDurably(usage, outcome.usage, { until: Date.now() });
  await outbox.send(replyTo, { requestId, run: AFTER_EVERY_RUN, seq: 0, parts: [outcome.part] });
}
