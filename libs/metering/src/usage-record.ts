import {
  executedModelOf,
  NOTHING_CHARGED,
  presentAttempt,
  type AnswerMetadata,
  type ApiError,
  type Attempt,
  type ChargeBasis,
  type ImageUsage,
  type Plan,
  type PlannedOffering,
  type Quantity,
  type RequestContext,
  type RouteChoice,
  type TerminalStatus,
  type UsageRecord,
} from '@lumenfall/contracts';
import { microsToUsd } from '@lumenfall/money';
import { priceUsage } from './price-usage.js';

/** The outcome of the work on a request. */
export interface WorkOutcome {
  status: TerminalStatus;
  /** The offering that delivered what is charged; null if nothing was delivered. */
  offering: PlannedOffering | null;
  charge: ChargeBasis;
  attempts: Attempt[];
  error: ApiError | null;
  responseSizeBytes: number | null;
  /** How the candidates were chosen; null if no work was started. */
  choice: RouteChoice | null;
}

const MAX_ERROR_MESSAGE = 1_000;

/** The outcome of a request that is not charged: refused, cancelled or given up. */
export function unchargedOutcome(
  status: Exclude<TerminalStatus, 'completed'>,
  error: ApiError,
  { attempts = [], choice = null }: Partial<Pick<WorkOutcome, 'attempts' | 'choice'>> = {},
): WorkOutcome {
  return { status, offering: null, charge: NOTHING_CHARGED, attempts, error, responseSizeBytes: null, choice };
}

/**
 * The usage record of a request: the only place that builds one.
 *
 * @param endedAt Unix ms
 */
export function usageRecordOf(requestContext: RequestContext, outcome: WorkOutcome, endedAt: number): UsageRecord {
  return {
    ...requestContext,
    status: outcome.status,
    executedModel: outcome.offering === null ? null : executedModelOf(outcome.offering),
    provider: outcome.offering?.provider ?? null,
    durationMs: Math.max(0, Math.round(endedAt - Date.parse(requestContext.createdAt))),
    responseSizeBytes: outcome.responseSizeBytes,
    errorCode: outcome.error?.code ?? null,
    errorMessage: outcome.error?.message.slice(0, MAX_ERROR_MESSAGE) ?? null,
    charge: outcome.charge,
    attempts: outcome.attempts,
    choice: outcome.choice,
  };
}

/** The public `metadata` of an answer. The same function computes its cost and the charge of the ledger. */
export function answerMetadataOf(
  plan: Plan,
  offering: PlannedOffering,
  charge: ChargeBasis,
  attempts: Attempt[],
): AnswerMetadata {
  return {
    model: plan.model,
    executed_model: executedModelOf(offering),
    provider: offering.provider,
    provider_name: offering.providerName,
    cost: microsToUsd(priceUsage(charge).totalMicros),
    cost_currency: 'USD',
    attempts: attempts.map(presentAttempt),
  };
}

/**
 * The tokens of an image request in OpenAI's words; undefined if its model is not priced by token. Cached input counts
 * as input, as OpenAI counts it.
 */
export function imageUsageOf({ quantities }: Pick<ChargeBasis, 'quantities'>): ImageUsage | undefined {
  const tokens = quantities.filter(({ metric }) => metric === 'token');
  if (tokens.length === 0) return undefined;
  const sum = (isCounted: (quantity: Quantity) => boolean): number =>
    Math.round(tokens.filter(isCounted).reduce((total, { quantity }) => total + quantity, 0));
  const output = sum(({ type }) => type === 'output');
  const images = sum(({ type, of }) => type !== 'output' && of === 'image');
  const text = sum(({ type, of }) => type !== 'output' && of !== 'image');
  const cached = sum(({ type }) => type === 'cache_read');
  return {
    total_tokens: text + images + output,
    input_tokens: text + images,
    output_tokens: output,
    input_tokens_details: {
      text_tokens: text,
      image_tokens: images,
      ...(cached > 0 && { cached_tokens: cached }),
    },
  };
}
