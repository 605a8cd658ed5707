import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { apiError, errorCodeSchema, fail, succeed, type ApiError, type Result } from '@lumenfall/contracts';
import axios, { type AxiosRequestConfig } from 'axios';
import { z } from 'zod';

/** An answer of billing with any status. */
export interface Answer {
  status: number;
  body: unknown;
}

export interface Exchange {
  /**
   * Any answer is a success; a timeout, a broken connection or an unreadable body is a failure (`OVERLOADED`).
   *
   * @param more.waitMs instead of `timeoutMs`
   */
  call(
    method: 'GET' | 'POST',
    path: string,
    more?: { body?: object; query?: object; waitMs?: number },
  ): Promise<Result<Answer>>;
  close(): void;
}

/** HTTP over keep-alive connections. Every call ends within `timeoutMs`, a repetition included. */
export function openExchange(baseUrl: string, timeoutMs: number): Exchange {
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
    async call(method, path, { body, query, waitMs = timeoutMs } = {}) {
      // Unlike axios' own timeout, the signal also covers the time to connect.
      const signal = AbortSignal.timeout(waitMs);
      const request: AxiosRequestConfig = { method, url: path, data: body, params: query, signal };
      const once = (): Promise<Answer> =>
        http.request<unknown>(request).then(({ status, data }) => ({ status, body: data }));
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
export function unavailable(): ApiError {
  return apiError('OVERLOADED', 'Billing is unavailable at the moment. Retry in a second', { retryAfterMs: 1_000 });
}

const failureSchema = z.object({
  error: z.object({ message: z.string(), code: errorCodeSchema, param: z.string().nullable().default(null) }),
});

export const organizationPath = (id: string): string => `/internal/organizations/${encodeURIComponent(id)}`;

export const nothing = z.unknown().transform((): void => undefined);

/** The body of a 2xx, or the error of billing's envelope; any other answer counts as billing being unavailable. */
export function readAnswer<T>({ status, body }: Answer, schema: z.ZodType<T>): Result<T> {
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
