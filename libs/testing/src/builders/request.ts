import { newRequestId } from '@lumenfall/contracts';
import type { RequestContext, UsageRecord } from '@lumenfall/contracts';
import { aTokenPrice } from './plan.js';

/** A chat request of organization `org_test`, with a new id. */
export function requestContext(changes: Partial<RequestContext> = {}): RequestContext {
  return {
    requestId: newRequestId(),
    organizationId: 'org_test',
    keyId: 'key_test',
    modality: 'text',
    endpoint: '/v1/chat/completions',
    model: 'gpt-5.4-mini',
    createdAt: new Date().toISOString(),
    sessionId: null,
    traceId: null,
    user: null,
    requestSizeBytes: 120,
    ...changes,
  };
}

/** A completed chat of 1,000 input and 500 output tokens: USD 0.002 (2,000 micros) at `aTokenPrice`. */
export function aUsageRecord(changes: Partial<UsageRecord> = {}): UsageRecord {
  return {
    ...requestContext(),
    status: 'completed',
    executedModel: 'openrouter/openai/gpt-5.4-mini',
    provider: 'openrouter',
    durationMs: 840,
    responseSizeBytes: 900,
    errorCode: null,
    errorMessage: null,
    charge: {
      price: aTokenPrice(),
      quantities: [
        { type: 'input', metric: 'token', quantity: 1000 },
        { type: 'output', metric: 'token', quantity: 500 },
      ],
      reportedCostUsd: null,
      estimated: false,
    },
    attempts: [
      {
        provider: 'openrouter',
        executedModel: 'openrouter/openai/gpt-5.4-mini',
        status: 'succeeded',
        failure: null,
        message: null,
        upstreamStatus: 200,
        durationMs: 800,
        chosen: 'only',
        credential: null,
        costMicros: 2000,
      },
    ],
    choice: null,
    ...changes,
  };
}
