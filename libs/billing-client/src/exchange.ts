import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { apiError, fail, succeed, type ApiError, type Result } from '@lumenfall/contracts';
import axios, { type AxiosRequestConfig } from 'axios';

/** What billing answered, whatever its status. */
export interface Answer {
  status: number;
  body: unknown;
}

export interface Exchange {
  /** Any answer is a success; only silence, a broken connection or an unreadable body is a failure (`OVERLOADED`). */
  call(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    more?: { body?: object; query?: object },
  ): Promise<Result<Answer>>;
  close(): void;
}

/** HTTP to one address, over connections that are kept. Every call ends within `timeoutMs`. */
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
export function unavailable(): ApiError {
  return apiError('OVERLOADED', 'Billing is not available at the moment; try again shortly.', { retryAfterMs: 1_000 });
}
