import type { VideoHandle } from '@lumenfall/contracts';
import {
  failed,
  failure,
  httpOf,
  QUICK,
  succeeded,
  within,
  type Dialect,
  type JsonAnswer,
  type Unrepeatable,
} from '../http/index.js';
import type { CallContext, Outcome, ProviderFailure } from '../spec/index.js';
import { isStillInProgress, isVerdict, readFalRefusal } from './errors.js';
import { addressesOf, readStatus, readSubmitted } from './queue-answer.js';

const dialect: Dialect = {
  authorize: (apiKey) => ({ Authorization: `Key ${apiKey}` }),
  readRefusal: readFalRefusal,
};
const http = httpOf(dialect);

/** Of each question and answer; the job as a whole takes as long as it may. */
const stepLimits = ({ limits }: CallContext) => within(limits, QUICK);

/** What a job came to: a result to be read, the provider's verdict, or neither yet. */
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
    const answer = await http(context).json(
      { method: 'POST', target, body, limits: stepLimits(context), unrepeatable },
      context.signal,
    );
    if (!answer.ok) return answer;
    const handle = readSubmitted(answer.value.body);
    if (handle !== null) return succeeded(handle);
    return failed('ambiguous', 'The provider accepted the job without naming it');
  },

  /** A failed outcome says that the question failed, not the job. */
  async poll(handle: VideoHandle, context: CallContext): Promise<Outcome<JobState>> {
    const addresses = addressesOf(handle, context.model, context.endpoint);
    const asked = await http(context).json(
      { method: 'GET', target: addresses.status, limits: stepLimits(context) },
      context.signal,
    );
    if (!asked.ok) return asked;
    const status = readStatus(asked.value.body);
    if (status === null) return failed('transient', 'The provider sent a status that cannot be read');
    if (status === 'running') return succeeded({ state: 'running' });
    return await readResult(addresses.result, context);
  },

  /** Only what has not started is sure to stop. */
  async cancel(handle: VideoHandle, context: CallContext): Promise<Outcome<void>> {
    const { cancel } = addressesOf(handle, context.model, context.endpoint);
    const answer = await http(context).json(
      { method: 'PUT', target: cancel, limits: stepLimits(context) },
      context.signal,
    );
    if (answer.ok) return succeeded(undefined);
    // 400 ALREADY_COMPLETED and 404 NOT_FOUND: there is nothing left to stop.
    const { status } = answer.failure;
    return status === 400 || status === 404 ? succeeded(undefined) : answer;
  },
};

/** The result of a finished job: its output, or the refusal that it ended in. */
async function readResult(target: string, context: CallContext): Promise<Outcome<JobState>> {
  const read = await http(context).json(
    { method: 'GET', target, limits: stepLimits(context), anyStatus: true },
    context.signal,
  );
  if (!read.ok) return read;
  const { status, body } = read.value;
  if (status >= 200 && status < 300) return succeeded({ state: 'finished', result: read.value });
  if (isStillInProgress(body)) return succeeded({ state: 'running' });
  const refusal = http(context).failureOf(read.value);
  return isVerdict(status, body) ? succeeded({ state: 'failed', failure: refusal }) : { ok: false, failure: refusal };
}

export const noMedia = (what: 'image' | 'video'): ProviderFailure =>
  failure('empty', `The provider finished without ${what === 'image' ? 'an image' : 'a video'}`);
