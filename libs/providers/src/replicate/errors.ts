import type { FailureKind } from '@lumenfall/contracts';
import { z } from 'zod';
import type { Refusal } from '../http/index.js';

const errorSchema = z.looseObject({
  title: z.string().nullish(),
  detail: z.string().nullish(),
  invalid_fields: z.array(z.looseObject({ field: z.string(), description: z.string() })).nullish(),
  retry_after: z.number().nonnegative().nullish(),
});

/** `{"title", "detail", "status", "invalid_fields"}`; a 429 tells how many seconds in `retry_after` or in its sentence. */
export function readReplicateRefusal(status: number, body: unknown): Refusal {
  const parsed = errorSchema.safeParse(body);
  if (!parsed.success) return { message: typeof body === 'string' ? body : null, kind: null };
  const { title, detail, invalid_fields: fields, retry_after: seconds } = parsed.data;
  const sentence = fields
    ?.map(({ field, description }) => `${field.replace(/^input\./, '')}: ${description}`)
    .join('; ');
  const message = sentence || detail || title || null;
  const waits = seconds ?? Number(/available in (\d+(?:\.\d+)?) seconds?/i.exec(detail ?? '')?.[1] ?? NaN);
  return {
    message,
    // A model that was not found here may well be elsewhere: our catalog is wrong, not the client.
    kind: status === 404 ? 'transient' : null,
    ...(Number.isFinite(waits) ? { retryAfterMs: Math.round(waits * 1000) } : {}),
  };
}

/** E005 is Replicate's own code for flagged inputs and outputs; models of others say it in their words. */
const MODERATED =
  /\bE005\b|sensitive|nsfw|safety (?:system|filter|checker)|content (?:policy|moderation)|flagged|prohibited/i;
/** E006 is its code for an input that the model cannot take. */
const INVALID = /\bE006\b|invalid input|validation error|unsupported (?:image|file)|cannot identify image file/i;

/** What a failed prediction's `error` says of whose doing it was. */
export function kindOfPredictionError(error: string): FailureKind {
  if (MODERATED.test(error)) return 'moderation';
  return INVALID.test(error) ? 'client' : 'transient';
}
