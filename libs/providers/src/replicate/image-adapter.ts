import { awaitJob, failed, httpOf, QUICK, secretsOf, succeeded, within, type Dialect } from '../http/index.js';
import type { CallContext, ImageGeneration, ImageProvider, Outcome } from '../spec/index.js';
import { readReplicateRefusal } from './errors.js';
import { replicateImageAnswer } from './image-answer.js';
import { replicateImageRequest } from './image-request.js';
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
  },
};

async function look(target: string, context: CallContext): Promise<Outcome<Prediction>> {
  const limits = within(context.limits, QUICK);
  const asked = await http(context).json({ method: 'GET', target, limits }, context.signal);
  if (!asked.ok) return asked;
  const prediction = readPrediction(asked.value.body);
  return prediction === null
    ? failed('transient', 'The provider sent a status that cannot be read')
    : succeeded(prediction);
}
