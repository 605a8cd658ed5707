import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  apiError,
  errorCodeSchema,
  estimateAnswerSchema,
  fail,
  holdRefusalSchema,
  requestPageSchema,
  requestViewSchema,
  balanceSchema,
  succeed,
  type ApiError,
  type EstimateAnswer,
  type HoldRequest,
  type Plan,
  type RequestPage,
  type RequestQuery,
  type RequestView,
  type Result,
  type Balance,
} from '@lumenfall/contracts';
import { formatUsd, micros } from '@lumenfall/money';
import axios, { type AxiosRequestConfig } from 'axios';
import { z } from 'zod';

/** Billing, as its callers see it. Every failure is a value; `OVERLOADED` where billing does not answer in time. */
export interface BillingClient {
  /** What a dry run answers. */
  estimate(plan: Plan): Promise<Result<EstimateAnswer>>;
  /** Sets money aside; `INSUFFICIENT_BALANCE` names both amounts. Repeated for the same request, nothing more happens. */
  hold(request: HoldRequest): Promise<Result<void>>;
  /** Frees a hold, if there is one. */
  release(requestId: string): Promise<Result<void>>;
  balance(organizationId: string): Promise<Result<Balance>>;
  requests(organizationId: string, query: RequestQuery): Promise<Result<RequestPage>>;
  /** Null where the organization has no such request. */
  request(organizationId: string, requestId: string): Promise<Result<RequestView | null>>;
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

    close: () => exchange.close(),
  };
}

const nothing = z.unknown().transform((): void => undefined);

/** A 2xx of the expected form; else billing's own refusal; anything else counts as billing being out of order. */
function readAnswer<T>({ status, body }: Answer, schema: z.ZodType<T>): Result<T> {
  if (status >= 200 && status < 300) {
    const parsed = schema.safeParse(body);
    return parsed.success ? succeed(parsed.data) : fail(unavailable());
  }
  const refusal = failureSchema.safeParse(body);
  // A 500 in the envelope is about billing's insides, not about the client's request.
  if (!refusal.success || refusal.data.error.code === 'INTERNAL_ERROR') return fail(unavailable());
  const { code, message, param } = refusal.data.error;
  return fail(apiError(code, message, { param }));
}

function insufficientBalance({ requiredMicros, availableMicros }: z.infer<typeof holdRefusalSchema>) {
  const required = formatUsd(micros(requiredMicros));
  const available = formatUsd(micros(availableMicros));
  return apiError('INSUFFICIENT_BALANCE', `Insufficient balance: ${required} required, ${available} available`);
}

/** What billing answered, whatever its status. */
interface Answer {
  status: number;
  body: unknown;
}

interface Exchange {
  /** Any answer is a success; only silence, a broken connection or an unreadable body is a failure (`OVERLOADED`). */
  call(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    more?: { body?: object; query?: object },
  ): Promise<Result<Answer>>;
  close(): void;
}

/** HTTP to one address, over connections that are kept. Every call ends within `timeoutMs`. */
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
          // axios' own timeout does not cover the time to connect; the signal covers all of it.
          .request<unknown>({ ...request, signal: AbortSignal.timeout(timeoutMs) })
          .then(({ status, data }) => ({ status, body: data }));
      try {
        return succeed(await once());
      } catch (error) {
        // A kept connection that the other side closed while it was idle; every call here may be repeated.
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

/** Billing cannot be asked now: the client is told to come back, and nothing about our insides. */
function unavailable(): ApiError {
  return apiError('OVERLOADED', 'Billing is not available at the moment; try again shortly.', { retryAfterMs: 1_000 });
}
