import { z } from 'zod';
import { failed, succeeded, type JobNews } from '../http/index.js';
import type { ImageGeneration, Outcome, ProviderImage } from '../spec/index.js';

const FILTERED = /filter|moderat|safety/i;

const atOnceSchema = z.looseObject({
  base64: z.union([z.string(), z.array(z.string())]).nullish(),
  finishReason: z.string().nullish(),
});

/** The answer of a workflow: base64 pictures, and why it stopped. */
export function fireworksImageAnswer(body: unknown): Outcome<ImageGeneration> {
  const parsed = atOnceSchema.safeParse(body);
  if (!parsed.success) return failed('transient', 'The provider sent an answer that cannot be read');
  const { base64, finishReason } = parsed.data;
  if (FILTERED.test(finishReason ?? '')) return failed('moderation', 'The provider refused the content');
  const texts = (typeof base64 === 'string' ? [base64] : (base64 ?? [])).filter((text) => text !== '');
  if (texts.length === 0) return failed('empty', 'The provider returned no image');
  return made(
    texts.map((text) => ({ source: { kind: 'bytes', bytes: Buffer.from(text, 'base64') }, revisedPrompt: null })),
  );
}

const acceptedSchema = z.looseObject({ request_id: z.string().min(1) });

/** The name of an accepted job; null where the answer has none. */
export function readRequestId(body: unknown): string | null {
  const parsed = acceptedSchema.safeParse(body);
  return parsed.success ? parsed.data.request_id : null;
}

const stateSchema = z.looseObject({
  status: z.string(),
  result: z.looseObject({ sample: z.string().nullish(), base64: z.string().nullish() }).nullish(),
});

/** What the result of a job says. Statuses that we do not know count as running. */
export function readJobState(body: unknown): Outcome<JobNews<ImageGeneration>> {
  const parsed = stateSchema.safeParse(body);
  if (!parsed.success) return failed('transient', 'The provider sent a status that cannot be read');
  const { status, result } = parsed.data;
  if (FILTERED.test(status)) return ended(failed('moderation', `The provider refused the content (${status})`));
  if (status === 'Error' || status === 'Failed')
    return ended(failed('transient', 'The provider failed to make the image'));
  // Said for a moment after the submit as well.
  if (status === 'Task not found') return failed('transient', 'The provider does not know the job');
  if (status !== 'Ready') return succeeded({ running: true });
  if (result?.base64) {
    return ended(
      made([{ source: { kind: 'bytes', bytes: Buffer.from(result.base64, 'base64') }, revisedPrompt: null }]),
    );
  }
  if (!result?.sample) return ended(failed('empty', 'The provider finished without an image'));
  return ended(made([{ source: { kind: 'url', url: result.sample }, revisedPrompt: null }]));
}

const made = (images: ProviderImage[]): Outcome<ImageGeneration> =>
  succeeded({ images, usage: null, reportedCostUsd: null });

const ended = (outcome: Outcome<ImageGeneration>): Outcome<JobNews<ImageGeneration>> =>
  succeeded({ running: false, outcome });
