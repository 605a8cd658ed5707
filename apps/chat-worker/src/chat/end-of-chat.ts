import { countTokens } from '@lumenfall/catalog';
import { ownFailure, routeError } from '@lumenfall/execution';
import { priceUsage, answerMetadataOf, type WorkOutcome } from '@lumenfall/metering';
import {
  apiError,
  executedModelOf,
  NOTHING_CHARGED,
  type ApiError,
  type Attempt,
  type ChargeBasis,
  type ReplyPart,
} from '@lumenfall/contracts';
import type { AbortReason } from '@lumenfall/queue';
import { chatCharge, countUsage } from './chat-charge.js';
import type { ChatJob, ChatRouteEnd } from './run-chat-route.js';

export interface EndOfChat {
  work: WorkOutcome;
  /** What the gateway is told last. */
  part: ReplyPart;
}

/** Settles a chat: what is charged, how it is recorded, and what the client is told. */
export async function endOfChat(job: ChatJob, end: ChatRouteEnd, stopped: AbortReason | null): Promise<EndOfChat> {
  const { offering, delivered, attempts, choice } = end;
  const text = delivered.text();
  if (end.failure === null) {
    const counted = await countUsage(offering, end.usage, text, countTokens);
    const charge = chatCharge(offering, counted);
    noteCost(end, charge);
    const work: WorkOutcome = {
      status: 'completed',
      offering,
      charge,
      attempts,
      error: null,
      responseSizeBytes: Buffer.byteLength(text),
      choice,
    };
    return {
      work,
      part: {
        type: 'chat-end',
        usage: counted.usage,
        metadata: answerMetadataOf(job.plan, offering, charge, attempts),
      },
    };
  }
  // Whoever got a part of the answer pays for that part; whoever got nothing pays nothing, unless the provider reported use.
  const charged = text !== '' || end.usage !== null;
  const charge = charged
    ? chatCharge(offering, await countUsage(offering, end.usage, text, countTokens))
    : NOTHING_CHARGED;
  noteCost(end, charge);
  const error = errorOf(job, end, stopped);
  const work: WorkOutcome = {
    status: error.code === 'CANCELLED' ? 'cancelled' : 'upstream_failure',
    offering: charged ? offering : null,
    charge,
    attempts,
    error,
    responseSizeBytes: Buffer.byteLength(text),
    choice,
  };
  const executedModel = end.last === null ? null : executedModelOf(offering);
  return { work, part: { type: 'error', error, executedModel } };
}

/** What is charged was caused by the last attempt: the others delivered nothing. */
function noteCost({ last }: ChatRouteEnd, charge: ChargeBasis): void {
  if (last !== null) last.costMicros = priceUsage(charge).totalMicros;
}

/** A chat whose deadline passed, or whose client left, while it waited for a worker. */
export function endOfUnstartedChat(stopped: AbortReason): EndOfChat {
  const error = stopError(stopped) ?? timeoutError();
  const status = error.code === 'CANCELLED' ? 'cancelled' : 'upstream_failure';
  const attempts: Attempt[] = [];
  const work: WorkOutcome = {
    status,
    offering: null,
    charge: NOTHING_CHARGED,
    attempts,
    error,
    responseSizeBytes: null,
    choice: null,
  };
  return { work, part: { type: 'error', error, executedModel: null } };
}

function errorOf(
  { plan }: ChatJob,
  { offering, failure, delivered }: ChatRouteEnd,
  stopped: AbortReason | null,
): ApiError {
  const stop = stopError(stopped);
  if (stop !== null) return stop;
  const cause = failure ?? ownFailure('transient', 'The answer ended without saying so');
  if (!delivered.started) return routeError(plan, offering, cause);
  // The status line has long gone: what counts is the sentence.
  if (cause.kind === 'moderation') return apiError('CONTENT_POLICY_VIOLATION', cause.message);
  return apiError('UPSTREAM_ERROR', `${offering.providerName} broke off the answer: ${cause.message}`);
}

function stopError(stopped: AbortReason | null): ApiError | null {
  if (stopped === null) return null;
  return stopped === 'timed-out' ? timeoutError() : apiError('CANCELLED', 'The request was cancelled');
}

function timeoutError(): ApiError {
  return apiError('TIMEOUT', 'The request took longer than it may');
}
