import { countTokens } from '@lumenfall/catalog';
import {
  apiError,
  executedModelOf,
  NOTHING_CHARGED,
  type ApiError,
  type ChargeBasis,
  type ReplyPart,
} from '@lumenfall/contracts';
import { abortError, routeError } from '@lumenfall/execution';
import { answerMetadataOf, noteCost, type WorkOutcome } from '@lumenfall/metering';
import type { ProviderFailure } from '@lumenfall/providers';
import { chatCharge, reconcileUsage, type ReconciledUsage } from './chat-charge.js';
import type { ChatJob, ChatRouteResult } from './chat-route.js';

type AbortedBy = Parameters<typeof abortError>[0];

export interface ChatOutcome {
  work: WorkOutcome;
  /** The last part of the reply. */
  part: ReplyPart;
}

/** Decides what a chat is charged, how it is recorded, and the last part of its reply. */
export async function chatOutcome(
  job: ChatJob,
  result: ChatRouteResult,
  abortReason: AbortedBy | null,
): Promise<ChatOutcome> {
  const { offering, attempts, choice, failure } = result;
  const responseSizeBytes = Buffer.byteLength(result.delivered.text());
  if (failure === null) {
    const reconciled = await reconcile(result);
    const charge = chatCharge(offering, reconciled);
    noteCostOf(result, charge, reconciled);
    return {
      work: { status: 'completed', offering, charge, attempts, error: null, responseSizeBytes, choice },
      part: {
        type: 'chat-end',
        usage: reconciled.usage,
        metadata: answerMetadataOf(job.plan, offering, charge, attempts),
      },
    };
  }
  const error = errorOf(job, result, failure, abortReason);
  const charged = isCharged(job, result, error);
  // What the provider reported is paid for even if nothing of it is charged.
  const reconciled = charged || result.usage !== null ? await reconcile(result) : null;
  const charge = charged && reconciled !== null ? chatCharge(offering, reconciled) : NOTHING_CHARGED;
  noteCostOf(result, charge, reconciled);
  return {
    work: {
      status: error.code === 'CANCELLED' ? 'cancelled' : 'upstream_failure',
      offering: charged ? offering : null,
      charge,
      attempts,
      error,
      responseSizeBytes,
      choice,
    },
    part: { type: 'error', error, executedModel: result.last === null ? null : executedModelOf(offering) },
  };
}

/** A chat that timed out, or was cancelled, before a worker took it. */
export function outcomeOfUnstartedChat(abortReason: AbortedBy): ChatOutcome {
  const error = abortError(abortReason);
  return {
    work: {
      status: error.code === 'CANCELLED' ? 'cancelled' : 'upstream_failure',
      offering: null,
      charge: NOTHING_CHARGED,
      attempts: [],
      error,
      responseSizeBytes: null,
      choice: null,
    },
    part: { type: 'error', error, executedModel: null },
  };
}

/**
 * Whether an answer that did not end is charged. A client pays for the text that reached it, and for the text that was
 * produced until it left; an error instead of a whole answer delivers nothing.
 */
function isCharged({ body }: ChatJob, { delivered }: ChatRouteResult, { code }: ApiError): boolean {
  return delivered.text() !== '' && (body.stream === true || code === 'CANCELLED');
}

function reconcile({ offering, usage, delivered, failure }: ChatRouteResult): Promise<ReconciledUsage> {
  const answered = { offering, reported: usage, text: delivered.text(), interrupted: failure !== null };
  return reconcileUsage(answered, countTokens);
}

/** The last attempt delivered what is charged; no usage of the others is known. */
function noteCostOf({ last, offering }: ChatRouteResult, charge: ChargeBasis, used: ReconciledUsage | null): void {
  if (last === null) return;
  const source = used?.estimated === true ? 'measured' : 'provider';
  noteCost(last, used === null ? [] : [{ charge: chatCharge(offering, used), source }], charge);
}

function errorOf(
  { plan }: ChatJob,
  { offering, delivered }: ChatRouteResult,
  failure: ProviderFailure,
  abortReason: AbortedBy | null,
): ApiError {
  if (abortReason !== null) return abortError(abortReason);
  if (!delivered.started) return routeError(plan, offering, failure);
  // The HTTP status has been sent: only code and message still reach the client.
  if (failure.kind === 'moderation') return apiError('CONTENT_POLICY_VIOLATION', failure.message);
  return apiError('UPSTREAM_ERROR', `The answer of ${offering.providerName} was interrupted: ${failure.message}`);
}
