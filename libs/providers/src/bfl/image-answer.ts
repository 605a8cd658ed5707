import { onOwnOrigin, type JobPoll, type ProviderHttp } from '../http/index.js';
import { isRecord, textOf, usdOf } from '../json/fields.js';
import { readJobAnswer } from '../media/job-answer.js';
import { idOf } from '../media/job-status.js';
import type { ImageGeneration, Outcome, ProviderEndpoint } from '../spec/index.js';

export interface Task {
  id: string;
  pollingUrl: string | null;
  /** USD as decimal text; null if the answer names no cost. */
  costUsd: string | null;
}

/** `{"id", "polling_url", "cost"}` (credits); null without an id. */
export function readSubmitted(body: unknown): Task | null {
  const fields = isRecord(body) ? body : {};
  const id = idOf(fields['id']);
  if (id === null) return null;
  const cost = usdOf(fields['cost']);
  return { id, pollingUrl: textOf(fields['polling_url']), costUsd: cost === null ? null : dollarsOf(cost) };
}

/** A credit is a cent. */
const dollarsOf = (credits: number): string => (credits / 100).toFixed(8).replace(/\.?0+$/, '');

/**
 * Where to poll a task, and below which base URL the key may go there: the regional host that accepted it
 * (`api.eu4.bfl.ai`). Any other host is replaced by the endpoint's own.
 */
export function pollAddressOf(
  { id, pollingUrl }: Task,
  endpoint: ProviderEndpoint,
): { baseUrl: string; target: string } {
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

/** The state of a task: `{"status", "result": {"sample"}}`. Moderated tasks are not charged. */
export function readState(
  body: unknown,
  costUsd: string | null,
  http: Pick<ProviderHttp, 'failureIn'>,
): Outcome<JobPoll<ImageGeneration>> {
  return readJobAnswer(body, { reportedCostUsd: costUsd, http });
}
