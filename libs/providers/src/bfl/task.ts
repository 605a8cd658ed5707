import { z } from 'zod';
import { failed, onOwnOrigin, succeeded, type JobNews } from '../http/index.js';
import type { ImageGeneration, Outcome, ProviderEndpoint } from '../spec/index.js';

const submittedSchema = z.looseObject({
  id: z.string().min(1),
  polling_url: z.string().nullish(),
  /** In credits. */
  cost: z.number().nonnegative().nullish(),
});

export interface Task {
  id: string;
  pollingUrl: string | null;
  /** USD as decimal text; null where the answer named no cost. */
  costUsd: string | null;
}

/** The task that a submit's answer names; null where it names none. */
export function readSubmitted(body: unknown): Task | null {
  const parsed = submittedSchema.safeParse(body);
  if (!parsed.success) return null;
  const { id, polling_url, cost } = parsed.data;
  return { id, pollingUrl: polling_url ?? null, costUsd: cost === null || cost === undefined ? null : usdOf(cost) };
}

/** A credit is a cent. */
const usdOf = (credits: number): string => (credits / 100).toFixed(8).replace(/\.?0+$/, '');

/**
 * Where to ask for a task, and under which base the key may go there: the host that took it, which is one of the region's
 * (`api.eu4.bfl.ai`). Any other address is not followed: then the endpoint's own is asked.
 */
export function placeOf({ id, pollingUrl }: Task, endpoint: ProviderEndpoint): { baseUrl: string; target: string } {
  const fallback = { baseUrl: endpoint.baseUrl, target: `/get_result?id=${encodeURIComponent(id)}` };
  if (pollingUrl === null || !URL.canParse(pollingUrl)) return fallback;
  const url = new URL(pollingUrl);
  const own = onOwnOrigin(pollingUrl, endpoint) || (isOfBfl(url) && isOfBfl(new URL(endpoint.baseUrl)));
  if (!own) return fallback;
  if (!url.searchParams.has('id')) url.searchParams.set('id', id);
  return { baseUrl: url.origin, target: url.pathname + url.search };
}

const isOfBfl = ({ protocol, hostname, username, password, port }: URL): boolean =>
  protocol === 'https:' && /(^|\.)bfl\.ai$/.test(hostname) && username === '' && password === '' && port === '';

const stateSchema = z.looseObject({
  status: z.string(),
  result: z.looseObject({ sample: z.string().nullish() }).nullish(),
});

const MODERATED: ReadonlySet<string> = new Set(['Request Moderated', 'Content Moderated']);

/** What an answer says of a task. Moderated tasks are not charged. */
export function readState(body: unknown, costUsd: string | null): Outcome<JobNews<ImageGeneration>> {
  const parsed = stateSchema.safeParse(body);
  if (!parsed.success) return failed('transient', 'The provider sent a status that cannot be read');
  const { status, result } = parsed.data;
  if (MODERATED.has(status)) return ended(failed('moderation', `The provider refused the content (${status})`));
  // Said for a moment by a host that has not heard of the task yet: the question failed.
  if (status === 'Task not found') return failed('transient', 'The provider does not know the task');
  if (status === 'Error' || status === 'Failed')
    return ended(failed('transient', 'The provider failed to make the image'));
  if (status !== 'Ready') return succeeded({ running: true });
  const url = result?.sample;
  if (url === null || url === undefined || url === '') {
    return ended(failed('empty', 'The provider finished without an image'));
  }
  const images = [{ source: { kind: 'url' as const, url }, revisedPrompt: null }];
  return ended(succeeded({ images, usage: null, reportedCostUsd: costUsd }));
}

const ended = (outcome: Outcome<ImageGeneration>): Outcome<JobNews<ImageGeneration>> =>
  succeeded({ running: false, outcome });
