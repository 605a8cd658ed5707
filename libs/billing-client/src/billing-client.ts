import {
  balanceSchema,
  estimateAnswerSchema,
  ledgerPageSchema,
  requestPageSchema,
  requestViewSchema,
  succeed,
  usageReportSchema,
  type Balance,
  type EstimateAnswer,
  type HoldOwner,
  type LedgerPage,
  type LedgerQuery,
  type Plan,
  type RequestPage,
  type RequestQuery,
  type RequestView,
  type Result,
  type UsageQuery,
  type UsageReport,
} from '@lumenfall/contracts';
import { DatabaseClock } from './database-clock.js';
import { nothing, openExchange, organizationPath as organization, readAnswer } from './exchange.js';
import { paymentCalls, type PaymentCalls } from './payment-calls.js';
import { statementCalls, type StatementCalls } from './statement-calls.js';
import { placeHold, type NewHold, type PlacedHold } from './place-hold.js';
import { z } from 'zod';

/** The HTTP API of billing. Every failure is a value; `OVERLOADED` if billing does not answer in time. */
export interface BillingClient extends PaymentCalls, StatementCalls {
  /** The answer of a dry run. */
  estimate(plan: Plan): Promise<Result<EstimateAnswer>>;
  /**
   * Reserves an amount; `INSUFFICIENT_BALANCE` names both amounts. A repeat for the same request changes nothing.
   * After a failure that is `OVERLOADED` the hold may be placed: release it.
   */
  hold(request: NewHold): Promise<Result<PlacedHold>>;
  /** Releases holds; one that does not exist cannot be placed later. At most `MAX_RELEASES`. */
  release(holds: readonly HoldOwner[]): Promise<Result<void>>;
  balance(organizationId: string): Promise<Result<Balance>>;
  requests(organizationId: string, query: RequestQuery): Promise<Result<RequestPage>>;
  /** Null if the organization has no such request. */
  request(organizationId: string, requestId: string): Promise<Result<RequestView | null>>;
  /** Newest first. `INVALID_REQUEST` if a cursor is not an entry of this organization. */
  ledger(organizationId: string, query: LedgerQuery): Promise<Result<LedgerPage>>;
  /** Errors: `INVALID_REQUEST` for a period or a grouping that is too large. */
  usage(organizationId: string, query: UsageQuery): Promise<Result<UsageReport>>;
  /**
   * Carries out an operation of an operator; the errors name the field of `input`. It may be sent twice: a change must
   * have a `reference`, or change nothing when it is repeated.
   */
  operate(name: string, input: object, waitMs?: number): Promise<Result<object>>;
  /** Closes the kept connections. */
  close(): void;
}

export function createBillingClient({
  baseUrl,
  timeoutMs,
}: {
  baseUrl: string;
  /** Of each call. */
  timeoutMs: number;
}): BillingClient {
  const exchange = openExchange(baseUrl, timeoutMs);
  const clock = new DatabaseClock();

  return {
    async estimate(plan) {
      const answer = await exchange.call('POST', '/internal/estimates', { body: { plan } });
      return answer.ok ? readAnswer(answer.value, estimateAnswerSchema) : answer;
    },

    hold: (request) => placeHold(request, { exchange, clock, timeoutMs }),

    async release(holds) {
      const answer = await exchange.call('POST', '/internal/holds/releases', { body: { holds } });
      return answer.ok ? readAnswer(answer.value, nothing) : answer;
    },

    async balance(organizationId) {
      const answer = await exchange.call('GET', `${organization(organizationId)}/balance`);
      return answer.ok ? readAnswer(answer.value, balanceSchema) : answer;
    },

    async requests(organizationId, query) {
      const answer = await exchange.call('GET', `${organization(organizationId)}/requests`, { query });
      return answer.ok ? readAnswer(answer.value, requestPageSchema) : answer;
    },

    async request(organizationId, requestId) {
      const path = `${organization(organizationId)}/requests/${encodeURIComponent(requestId)}`;
      const answer = await exchange.call('GET', path);
      if (!answer.ok) return answer;
      const found = readAnswer(answer.value, requestViewSchema);
      return !found.ok && found.error.code === 'NOT_FOUND' ? succeed(null) : found;
    },

    async ledger(organizationId, query) {
      const answer = await exchange.call('GET', `${organization(organizationId)}/ledger`, { query });
      return answer.ok ? readAnswer(answer.value, ledgerPageSchema) : answer;
    },

    async usage(organizationId, query) {
      const asText = { ...query, group_by: query.group_by.join(',') };
      const answer = await exchange.call('GET', `${organization(organizationId)}/usage`, { query: asText });
      return answer.ok ? readAnswer(answer.value, usageReportSchema) : answer;
    },

    async operate(name, input, waitMs) {
      const path = `/internal/operations/${encodeURIComponent(name)}`;
      const answer = await exchange.call('POST', path, { body: { input }, ...(waitMs !== undefined && { waitMs }) });
      return answer.ok ? readAnswer(answer.value, z.looseObject({})) : answer;
    },

    ...paymentCalls(exchange),
    ...statementCalls(exchange),
    close: () => exchange.close(),
  };
}
