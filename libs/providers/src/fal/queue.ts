import { type VideoHandle, succeed } from '@lumenfall/contracts';
import { failed, httpOf, onOwnOrigin, QUICK, within } from '../http/index.js';
import type { Dialect, JsonAnswer, Unrepeatable } from '../http/index.js';
import { isRecord, textOf } from '../json/fields.js';
import { withoutJobId } from '../media/job-answer.js';
import { idOf, jobStatusOf } from '../media/job-status.js';
import type { CallContext, Outcome, ProviderEndpoint, ProviderFailure } from '../spec/index.js';
import { isStillInProgress, isVerdict, readFalRefusal } from './errors.js';

const dialect: Dialect = {
  authorize: (apiKey) => ({ Authorization: `Key ${apiKey}` }),
  readRefusal: readFalRefusal,
};
export const falHttp = httpOf(dialect);

/** The limits of one step; the limits of the call apply to the whole job. */
const stepLimits = ({ limits }: CallContext) => within(limits, QUICK);

/** `finished`: there is a result to be read. `failed`: the job ended without one. */
export type JobState =
  { state: 'running' } | { state: 'finished'; result: JsonAnswer } | { state: 'failed'; failure: ProviderFailure };

/** fal's queue protocol, the same for every model and for images and videos. */
export const falQueue = {
  async submit(
    body: Record<string, unknown>,
    context: CallContext,
    unrepeatable: Unrepeatable,
  ): Promise<Outcome<VideoHandle>> {
    const target = `/${context.model.split('/').map(encodeURIComponent).join('/')}`;
    const answer = await falHttp(context).json(
      { method: 'POST', target, body, limits: stepLimits(context), unrepeatable },
      context.signal,
    );
    if (!answer.ok) return answer;
    const handle = readSubmitted(answer.value.body);
    return handle === null ? withoutJobId(answer.value.body, falHttp(context)) : succeed(handle);
  },

  /** A failed outcome means that the poll failed, not the job. */
  async poll(handle: VideoHandle, context: CallContext): Promise<Outcome<JobState>> {
    const addresses = addressesOf(handle, context.model, context.endpoint);
    const polled = await falHttp(context).json(
      { method: 'GET', target: addresses.status, limits: stepLimits(context) },
      context.signal,
    );
    if (!polled.ok) return polled;
    const status = readStatus(polled.value.body);
    if (status === null) return failed('transient', 'The provider sent a status that cannot be read');
    if (status === 'running') return succeed({ state: 'running' });
    return await readResult(addresses.result, context);
  },

  /** fal guarantees it for jobs that have not started only. */
  async cancel(handle: VideoHandle, context: CallContext): Promise<Outcome<void>> {
    const { cancel } = addressesOf(handle, context.model, context.endpoint);
    const answer = await falHttp(context).json(
      { method: 'PUT', target: cancel, limits: stepLimits(context) },
      context.signal,
    );
    if (answer.ok) return succeed(undefined);
    // 400 ALREADY_COMPLETED and 404 NOT_FOUND: the job is over.
    const { status } = answer.error;
    return status === 400 || status === 404 ? succeed(undefined) : answer;
  },
};

/** The result of a job that has ended: its output, or the refusal that it ended in. */
async function readResult(target: string, context: CallContext): Promise<Outcome<JobState>> {
  const read = await falHttp(context).json(
    { method: 'GET', target, limits: stepLimits(context), anyStatus: true },
    context.signal,
  );
  if (!read.ok) return read;
  const { status, body } = read.value;
  if (status >= 200 && status < 300) return succeed({ state: 'finished', result: read.value });
  if (isStillInProgress(body)) return succeed({ state: 'running' });
  const refusal = falHttp(context).failureOf(read.value);
  return isVerdict(status, body) ? succeed({ state: 'failed', failure: refusal }) : { ok: false, error: refusal };
}

/** The handle of a submitted job; null if the answer has no id. */
function readSubmitted(body: unknown): VideoHandle | null {
  const fields = isRecord(body) ? body : {};
  const upstreamId = idOf(fields['request_id']);
  if (upstreamId === null) return null;
  return {
    upstreamId,
    statusUrl: textOf(fields['status_url']),
    resultUrl: textOf(fields['response_url']),
    cancelUrl: textOf(fields['cancel_url']),
  };
}

export interface JobAddresses {
  status: string;
  result: string;
  cancel: string;
}

/**
 * The URLs of a job: those that fal returned if they are on the endpoint's own origin (the key goes with them),
 * otherwise built from the owner and the name of the model, because its sub path is part of the submit URL only.
 */
export function addressesOf(handle: VideoHandle, model: string, endpoint: ProviderEndpoint): JobAddresses {
  const own = (url: string | null): string | null => (url !== null && onOwnOrigin(url, endpoint) ? url : null);
  const app = model.split('/').slice(0, 2).join('/');
  const result = own(handle.resultUrl) ?? `/${app}/requests/${encodeURIComponent(handle.upstreamId)}`;
  return {
    status: own(handle.statusUrl) ?? `${result}/status`,
    result,
    cancel: own(handle.cancelUrl) ?? `${result}/cancel`,
  };
}

/** `ended` means that there is a result to be read, which may be a failure. Null for an unreadable answer. */
export function readStatus(body: unknown): 'running' | 'ended' | null {
  const status = isRecord(body) ? jobStatusOf(body['status']) : null;
  if (status === null) return null;
  return status === 'running' || status === 'unknown-job' ? 'running' : 'ended';
}
