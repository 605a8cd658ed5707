import {
  awaitJob,
  failed,
  httpOf,
  QUICK,
  secretsOf,
  succeeded,
  within,
  type Dialect,
  type JsonAnswer,
} from '../http/index.js';
import type { CallContext, ImageCallContext, ImageGeneration, ImageProvider, Outcome } from '../spec/index.js';
import { readReplicateRefusal } from './errors.js';
import { replicateImageAnswer } from './image-answer.js';
import { replicateImageRequest } from './image-request.js';
import { nextPageOf, predictionsAlike, readPredictionList, type PredictionList } from './prediction-list.js';
import { addressesOf, readPrediction, type Prediction } from './prediction.js';

const dialect: Dialect = {
  authorize: (apiKey) => ({ Authorization: `Bearer ${apiKey}` }),
  readRefusal: readReplicateRefusal,
};
const http = httpOf(dialect);

/**
 * How long the submit itself waits for the result. Short: whoever leaves during it leaves a prediction whose name we never
 * learn, and which nobody can cancel.
 */
const WAIT_S = 5;
/** Of a hundred predictions: one of the last minute is among them, or the account is very busy. */
const LOOK_UP_PAGES = 3;
/** The least deadline that Replicate takes. */
const LEAST_DEADLINE_S = 5;

/** Submits, waits a moment for models that are fast, then polls. */
export const replicateImages: ImageProvider = {
  maxImagesPerCall: 1,
  async generate(request, context) {
    const { target, body } = replicateImageRequest(request, context);
    const deadline = Math.max(LEAST_DEADLINE_S, Math.ceil(context.limits.wholeMs / 1000));
    const headers = { Prefer: `wait=${WAIT_S}`, 'Cancel-After': `${deadline}s` };
    const limits = within(context.limits, QUICK);
    const answer = await http(context).json(
      { method: 'POST', target, body, headers, limits, unrepeatable: 'unless-reset' },
      context.signal,
    );
    if (!answer.ok) return answer;
    const prediction = readPrediction(answer.value.body);
    if (prediction === null) return failed('ambiguous', 'The provider accepted the job without naming it');
    // A call just like this one has lost its own, and found this: that one is ours, then.
    if (!(await context.take(prediction.id))) return failed('ambiguous', 'The work was taken for that of another call');
    return await outcomeOf(prediction, context);
  },

  async lookUp(request, context, since) {
    const { body: sent } = replicateImageRequest(request, context);
    const listed = await listSince(since, context);
    if (!listed.ok) return listed;
    for (const { id } of predictionsAlike(listed.value, { model: context.model, sent, since })) {
      if (!(await context.take(id))) continue;
      const found = await look(`/predictions/${encodeURIComponent(id)}`, context);
      const outcome = found.ok ? await outcomeOf(found.value, context) : found;
      return succeeded({ found: 'work', outcome });
    }
    if (listed.value.isWhole) return succeeded({ found: 'nothing' });
    return failed('transient', 'The provider lists too many predictions to tell');
  },
};

/** What comes of a prediction, however long it takes. */
async function outcomeOf(prediction: Prediction, context: ImageCallContext): Promise<Outcome<ImageGeneration>> {
  const secrets = secretsOf(context.endpoint);
  if (prediction.state !== 'running') return replicateImageAnswer(prediction, secrets);
  const { get, cancel } = addressesOf(prediction, context.endpoint);
  return await awaitJob<ImageGeneration>(
    {
      async ask(current) {
        const asked = await look(get, current);
        if (!asked.ok) return asked;
        if (asked.value.state === 'running') return succeeded({ running: true });
        return succeeded({ running: false, outcome: replicateImageAnswer(asked.value, secrets) });
      },
      cancel: (current) => http(current).json({ method: 'POST', target: cancel, limits: QUICK }, current.signal),
    },
    context,
  );
}

/** The newest predictions; `isWhole`: they reach back to before `since`. */
async function listSince(
  since: number,
  context: CallContext,
): Promise<Outcome<Pick<PredictionList, 'results'> & { isWhole: boolean }>> {
  const results: PredictionList['results'] = [];
  let target: string | null = '/predictions';
  for (let page = 0; page < LOOK_UP_PAGES && target !== null; page += 1) {
    const limits = within(context.limits, QUICK);
    const asked: Outcome<JsonAnswer> = await http(context).json({ method: 'GET', target, limits }, context.signal);
    if (!asked.ok) return asked;
    const list = readPredictionList(asked.value.body);
    if (list === null) return failed('transient', 'The provider sent a list that cannot be read');
    results.push(...list.results);
    target = nextPageOf(list, since);
  }
  return succeeded({ results, isWhole: target === null });
}

async function look(target: string, context: CallContext): Promise<Outcome<Prediction>> {
  const limits = within(context.limits, QUICK);
  const asked = await http(context).json({ method: 'GET', target, limits }, context.signal);
  if (!asked.ok) return asked;
  const prediction = readPrediction(asked.value.body);
  return prediction === null
    ? failed('transient', 'The provider sent a status that cannot be read')
    : succeeded(prediction);
}
