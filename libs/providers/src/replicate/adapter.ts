import { succeed } from '@lumenfall/contracts';
import { awaitJob, failed, httpOf, QUICK, secretsOf, within } from '../http/index.js';
import type { Dialect, JsonAnswer } from '../http/index.js';
import { withoutJobId } from '../media/job-answer.js';
import type { CallContext, ImageCallContext, ImageGeneration, ImageProvider } from '../spec/index.js';
import type { Outcome, ProviderAdapters } from '../spec/index.js';
import { readReplicateRefusal } from './errors.js';
import { addressesOf, readPrediction, replicateImageAnswer, type Prediction } from './image-answer.js';
import { replicateImageRequest } from './image-request.js';
import { nextPageOf, predictionsAlike, readPredictionList, type PredictionList } from './image-look-up.js';

const dialect: Dialect = {
  authorize: (apiKey) => ({ Authorization: `Bearer ${apiKey}` }),
  readRefusal: readReplicateRefusal,
};
const http = httpOf(dialect);

/**
 * How long the submit itself waits for the result. Short, because a submit that breaks leaves a prediction without a
 * known id, which cannot be cancelled.
 */
const WAIT_S = 5;
/** Of a hundred predictions each; a prediction of the last minute is on them unless the account is very busy. */
const LOOK_UP_PAGES = 3;
/** The shortest deadline that Replicate accepts. */
const MIN_DEADLINE_S = 5;

/** Submits, waits a moment for fast models, then polls. */
const image: ImageProvider = {
  maxImagesPerCall: 1,
  reports: [],
  async generate(request, context) {
    const { target, body } = replicateImageRequest(request, context);
    const deadline = Math.max(MIN_DEADLINE_S, Math.ceil(context.limits.wholeMs / 1000));
    const headers = { Prefer: `wait=${WAIT_S}`, 'Cancel-After': `${deadline}s` };
    const limits = within(context.limits, QUICK);
    const answer = await http(context).json(
      { method: 'POST', target, body, headers, limits, unrepeatable: 'unless-reset' },
      context.signal,
    );
    if (!answer.ok) return answer;
    const prediction = readPrediction(answer.value.body);
    if (prediction === null) return withoutJobId(answer.value.body, http(context));
    // A call with the same input lost its own prediction, and took this one instead.
    if (!(await context.claim(prediction.id))) return failed('ambiguous', 'Another call has taken the prediction');
    return await outcomeOf(prediction, context);
  },

  async lookUp(request, context, since) {
    const { body: sent } = replicateImageRequest(request, context);
    const listed = await listSince(since, context);
    if (!listed.ok) return listed;
    for (const { id } of predictionsAlike(listed.value, { model: context.model, sent, since })) {
      if (!(await context.claim(id))) continue;
      const found = await read(`/predictions/${encodeURIComponent(id)}`, context);
      const outcome = found.ok ? await outcomeOf(found.value, context) : found;
      return succeed({ found: 'work', outcome });
    }
    if (listed.value.isComplete) return succeed({ found: 'nothing' });
    return failed('transient', 'The provider lists too many predictions to find this one');
  },
};

/** Waits for a prediction and reads its outcome. */
async function outcomeOf(prediction: Prediction, context: ImageCallContext): Promise<Outcome<ImageGeneration>> {
  const reading = { secrets: secretsOf(context.endpoint), http: http(context) };
  if (prediction.state !== 'running') return replicateImageAnswer(prediction, reading);
  const { get, cancel } = addressesOf(prediction, context.endpoint);
  return await awaitJob<ImageGeneration>(
    {
      async poll(current) {
        const polled = await read(get, current);
        if (!polled.ok) return polled;
        if (polled.value.state === 'running') return succeed({ running: true });
        return succeed({ running: false, outcome: replicateImageAnswer(polled.value, reading) });
      },
      cancel: (current) => http(current).json({ method: 'POST', target: cancel, limits: QUICK }, current.signal),
    },
    context,
  );
}

/** The newest predictions. `isComplete`: they reach back to before `since`. */
async function listSince(
  since: number,
  context: CallContext,
): Promise<Outcome<Pick<PredictionList, 'results'> & { isComplete: boolean }>> {
  const results: PredictionList['results'] = [];
  let target: string | null = '/predictions';
  for (let page = 0; page < LOOK_UP_PAGES && target !== null; page += 1) {
    const limits = within(context.limits, QUICK);
    const answer: Outcome<JsonAnswer> = await http(context).json({ method: 'GET', target, limits }, context.signal);
    if (!answer.ok) return answer;
    const list = readPredictionList(answer.value.body);
    if (list === null) return failed('transient', 'The provider sent a list that cannot be read');
    results.push(...list.results);
    target = nextPageOf(list, since);
  }
  return succeed({ results, isComplete: target === null });
}

async function read(target: string, context: CallContext): Promise<Outcome<Prediction>> {
  const limits = within(context.limits, QUICK);
  const answer = await http(context).json({ method: 'GET', target, limits }, context.signal);
  if (!answer.ok) return answer;
  const prediction = readPrediction(answer.value.body);
  return prediction === null
    ? failed('transient', 'The provider sent a status that cannot be read')
    : succeed(prediction);
}

export const replicate = { image } satisfies ProviderAdapters;
