import {
  executedModelOf,
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

/** How the work on a request ended. */
export interface WorkOutcome {
  status: TerminalStatus;
  /** Where what is charged was made; null where nothing was. */
  offering: PlannedOffering | null;
  charge: ChargeBasis;
  attempts: Attempt[];
  error: ApiError | null;
  responseSizeBytes: number | null;
  /** How its providers were chosen; null where no work was begun. */
  choice: RouteChoice | null;
}

/** @param endedAt Unix ms */
export function usageRecordOf(requestContext: RequestContext, end: WorkOutcome, endedAt: number): UsageRecord {
  return {
    ...requestContext,
    status: end.status,
    executedModel: end.offering === null ? null : executedModelOf(end.offering),
    provider: end.offering?.provider ?? null,
    durationMs: Math.max(0, Math.round(endedAt - Date.parse(requestContext.createdAt))),
    responseSizeBytes: end.responseSizeBytes,
    errorCode: end.error?.code ?? null,
    errorMessage: end.error?.message ?? null,
    charge: end.charge,
    attempts: end.attempts,
    choice: end.choice,
  };
}

/** The public `metadata`; its cost comes from the same function that the ledger is charged by. */
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
 * The tokens of an image request in OpenAI's words; undefined if its model is not priced by token. Cached input counts as input, as
 * OpenAI counts it.
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
