import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  apiError,
  errorCodeSchema,
  estimateAnswerSchema,
  fail,
  holdRefusalSchema,
  ledgerPageSchema,
  requestPageSchema,
  requestViewSchema,
  balanceSchema,
  succeed,
  usageReportSchema,
  type ApiError,
  type EstimateAnswer,
  type HoldRequest,
  type Plan,
  type RequestPage,
  type RequestQuery,
  type RequestView,
  type Result,
  type Balance,
  type LedgerPage,
  type LedgerQuery,
  type UsageQuery,
  type UsageReport,
} from '@lumenfall/contracts';
import { formatUsd, micros } from '@lumenfall/money';
import axios, { type AxiosRequestConfig } from 'axios';
import { z } from 'zod';

/** The HTTP API of billing. Every failure is a value; `OVERLOADED` if billing does not answer in time. */
export interface BillingClient {
  /** The answer of a dry run. */
  estimate(plan: Plan): Promise<Result<EstimateAnswer>>;
  /** Reserves an amount; `INSUFFICIENT_BALANCE` names both amounts. A repeat for the same request changes nothing. */
  hold(request: HoldRequest): Promise<Result<void>>;
  /** Releases a hold, if there is one. */
  release(requestId: string): Promise<Result<void>>;
  balance(organizationId: string): Promise<Result<Balance>>;
  requests(organizationId: string, query: RequestQuery): Promise<Result<RequestPage>>;
  /** Null if the organization has no such request. */
  request(organizationId: string, requestId: string): Promise<Result<RequestView | null>>;
  /** Newest first. `INVALID_REQUEST` if a cursor is not an entry of this organization. */
  ledger(organizationId: string, query: LedgerQuery): Promise<Result<LedgerPage>>;
  /** Errors: `INVALID_REQUEST` for a period or a grouping that is too large. */
  usage(organizationId: string, query: UsageQuery): Promise<Result<UsageReport>>;
  /** Closes the kept connections. */
  close(): void;
}

const failureSchema = z.object({
  error: z.object({ message: z.string(), code: errorCodeSchema, param: z.string().nullable().default(null) }),
});

export function createBillingClient({
  baseUrl,
  timeoutMs = 2_000,
}: {
  baseUrl: string;
  timeoutMs?: number;
}): BillingClient {
  const exchange = openExchange(baseUrl, timeoutMs);
  const organization = (id: string): string => `/internal/organizations/${encodeURIComponent(id)}`;

  return {
    async estimate(plan) {
      const answer = await exchange.call('POST', '/internal/estimates', { body: { plan } });
      return answer.ok ? readAnswer(answer.value, estimateAnswerSchema) : answer;
    },

    async hold(request) {
      const answer = await exchange.call('POST', '/internal/holds', { body: request });
      if (!answer.ok) return answer;
      const refusal = answer.value.status === 402 ? holdRefusalSchema.safeParse(answer.value.body) : undefined;
      if (refusal?.success) return fail(insufficientBalance(refusal.data));
      return readAnswer(answer.value, nothing);
    },

    async release(requestId) {
      const answer = await exchange.call('DELETE', `/internal/holds/${encodeURIComponent(requestId)}`);
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

    close: () => exchange.close(),
  };
}

const nothing = z.unknown().transform((): void => undefined);

/** The body of a 2xx, or the error of billing's envelope; any other answer counts as billing being unavailable. */
function readAnswer<T>({ status, body }: Answer, schema: z.ZodType<T>): Result<T> {
  if (status >= 200 && status < 300) {
    const parsed = schema.safeParse(body);
    return parsed.success ? succeed(parsed.data) : fail(unavailable());
  }
  const refusal = failureSchema.safeParse(body);
  // An internal error of billing says nothing about the client's request.
  if (!refusal.success || refusal.data.error.code === 'INTERNAL_ERROR') return fail(unavailable());
  const { code, message, param } = refusal.data.error;
  return fail(apiError(code, message, { param }));
}

function insufficientBalance({ requiredMicros, availableMicros }: z.infer<typeof holdRefusalSchema>) {
  const required = formatUsd(micros(requiredMicros));
  const available = formatUsd(micros(availableMicros));
  return apiError('INSUFFICIENT_BALANCE', `Insufficient balance: ${required} required, ${available} available`);
}

/** An answer of billing with any status. */
interface Answer {
  status: number;
  body: unknown;
}

interface Exchange {
  /** Any answer is a success; a timeout, a broken connection or an unreadable body is a failure (`OVERLOADED`). */
  call(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    more?: { body?: object; query?: object },
  ): Promise<Result<Answer>>;
  close(): void;
}

/** HTTP over keep-alive connections. Every call ends within `timeoutMs`. */
function openExchange(baseUrl: string, timeoutMs: number): Exchange {
  const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: 128 });
  const httpsAgent = new HttpsAgent({ keepAlive: true, maxSockets: 128 });
  const http = axios.create({
    baseURL: baseUrl,
    httpAgent,
    httpsAgent,
    proxy: false,
    maxRedirects: 0,
    responseType: 'json',
    validateStatus: () => true,
    maxContentLength: 8 * 1024 * 1024,
  });

  return {
    async call(method, path, { body, query } = {}) {
      const request: AxiosRequestConfig = { method, url: path, data: body, params: query };
      const once = (): Promise<Answer> =>
        http
          // Unlike axios' own timeout, the signal also covers the time to connect.
          .request<unknown>({ ...request, signal: AbortSignal.timeout(timeoutMs) })
          .then(({ status, data }) => ({ status, body: data }));
      try {
        return succeed(await once());
      } catch (error) {
        // The other side closed an idle keep-alive connection. Every call of this client can be repeated.
        if (!isReset(error)) return fail(unavailable());
        return once().then(succeed, () => fail(unavailable()));
      }
    },
    close() {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

const isReset = (error: unknown): boolean =>
  axios.isAxiosError(error) && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

/** Asks the client to retry, without details of the failure. */
function unavailable(): ApiError {
  return apiError('OVERLOADED', 'Billing is unavailable at the moment. Retry in a second', { retryAfterMs: 1_000 });
}
