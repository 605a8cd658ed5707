import type { NativeList } from '../libs/contracts/src/public-answers.js';
import type { RequestView } from '../libs/contracts/src/billing-api.js';
import type { Stack } from './stacks.js';

export const toMicros = (usd: number): number => Math.round(usd * 1_000_000);

/** The balance, in micros. */
export async function balanceOf(stack: Stack): Promise<number> {
  const { available } = await stack.get<{ available: { amount: number } }>('/v1/balance');
  return toMicros(available.amount);
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks until `found` is satisfied: billing applies a record soon after the answer, not before it. A question that fails
 * (a service is on its way back) is asked again.
 */
export async function eventually<T>(
  ask: () => Promise<T>,
  found: (value: T) => boolean,
  withinMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    let seen: unknown;
    try {
      const value = await ask();
      if (found(value)) return value;
      seen = value;
    } catch (error) {
      seen = String(error);
    }
    if (Date.now() > deadline) throw new Error(`Not within ${withinMs} ms; last seen: ${JSON.stringify(seen)}`);
    await sleep(50);
  }
}

/** The request of that id in the history, once it has ended. */
export function endedRequest(stack: Stack, id: string): Promise<RequestView> {
  const ask = async (): Promise<RequestView | null> => {
    const response = await stack.request(`/v1/requests/${id}`);
    if (!response.ok) return null;
    return (await response.json()) as RequestView;
  };
  return eventually(
    ask,
    (view) => view !== null && !['pending', 'processing'].includes(view.status),
  ) as Promise<RequestView>;
}

/**
 * Runs a call that is to be charged; the history must show it with its cost, and the balance must go down by exactly
 * that.
 */
export async function charged<T>(
  stack: Stack,
  call: () => Promise<{ requestId: string; value: T }>,
): Promise<{ value: T; request: RequestView; costMicros: number }> {
  const before = await balanceOf(stack);
  const { requestId, value } = await call();
  const request = await endedRequest(stack, requestId);
  const costMicros = toMicros(request.cost);
  await eventually(
    () => balanceOf(stack),
    (balance) => balance === before - costMicros,
  );
  return { value, request, costMicros };
}

/** Every request of the history that `filter` lets through, over all pages. */
export async function allRequests(stack: Stack, filter: string): Promise<RequestView[]> {
  const found: RequestView[] = [];
  let page: string | null = `/v1/requests?limit=100&${filter}`;
  while (page !== null) {
    const list: NativeList<RequestView> = await stack.get(page);
    found.push(...list.data);
    page = list.next_page_url;
  }
  return found;
}
