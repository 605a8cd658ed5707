import { apiError, usageRecordSchema, NOTHING_CHARGED } from '@lumenfall/contracts';
import { anOffering, aTokenPrice, requestContext } from '@lumenfall/testing';
import { unchargedOutcome, usageRecordOf, type WorkOutcome } from './usage-record.js';

const context = requestContext({ createdAt: '2026-01-01T00:00:00.000Z' });
const ENDED = Date.parse('2026-01-01T00:00:01.250Z');
const charge = {
  price: aTokenPrice(),
  quantities: [{ type: 'output' as const, metric: 'token' as const, quantity: 10 }],
  reportedCostUsd: null,
  estimated: true,
};
const delivered: WorkOutcome = {
  status: 'completed',
  offering: anOffering({ provider: 'fal', providerModel: 'flux' }),
  charge,
  attempts: [],
  error: null,
  responseSizeBytes: 7,
  choice: null,
};

describe('usageRecordOf', () => {
  it('joins the request context with the outcome, and names the offering that delivered', () => {
    const record = usageRecordOf(context, delivered, ENDED);
    expect(record).toEqual({
      ...context,
      status: 'completed',
      executedModel: 'fal/flux',
      provider: 'fal',
      durationMs: 1_250,
      responseSizeBytes: 7,
      errorCode: null,
      errorMessage: null,
      charge,
      attempts: [],
      choice: null,
    });
    expect(usageRecordSchema.parse(record)).toEqual(record);
  });

  it('never records a negative duration, even if the clocks of two processes differ', () => {
    expect(usageRecordOf(context, delivered, ENDED - 60_000).durationMs).toBe(0);
  });

  it('records an uncharged outcome with its error, without provider and charge', () => {
    const outcome = unchargedOutcome('rejected', apiError('INVALID_REQUEST', 'x'.repeat(5_000)));
    expect(usageRecordOf(context, outcome, ENDED)).toMatchObject({
      status: 'rejected',
      provider: null,
      executedModel: null,
      charge: NOTHING_CHARGED,
      errorCode: 'INVALID_REQUEST',
      errorMessage: 'x'.repeat(1_000),
    });
  });
});
