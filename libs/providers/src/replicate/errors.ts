import type { FailureKind } from '@lumenfall/contracts';
import { readErrorBody } from '../http/error-body.js';
import type { Refusal } from '../http/index.js';
import { isRecord } from '../json/fields.js';
import { amountOf } from '../media/job-status.js';

/** `{"title", "detail", "status", "invalid_fields"}`; a 429 names the seconds in `retry_after` or in its sentence. */
export function readReplicateRefusal(status: number, body: unknown): Refusal {
  const fields = isRecord(body) ? body : {};
  const invalid = fieldErrorsIn(fields['invalid_fields']);
  const { message } = readErrorBody(body);
  const seconds =
    amountOf(fields['retry_after']) ?? amountOf(/available in (\d+(?:\.\d+)?) seconds?/i.exec(message ?? '')?.[1]);
  return {
    message: invalid ?? message,
    // A model that Replicate does not have is a mistake of our catalog, not of the client: another provider may have
    // it.
    kind: status === 404 ? 'transient' : null,
    ...(seconds === null ? {} : { retryAfterMs: Math.round(seconds * 1000) }),
  };
}

/** `[{"field": "input.aspect_ratio", "description": "..."}]` */
function fieldErrorsIn(value: unknown): string | null {
  const sentences = (Array.isArray(value) ? (value as unknown[]) : []).flatMap((one) =>
    isRecord(one) && typeof one['description'] === 'string'
      ? [`${String(one['field'] ?? 'input').replace(/^input\./, '')}: ${one['description']}`]
      : [],
  );
  return sentences.length === 0 ? null : sentences.join('; ');
}

/** E005 is Replicate's code for flagged inputs and outputs; models of others describe it in words. */
const MODERATED =
  /\bE005\b|sensitive|nsfw|safety (?:system|filter|checker)|content (?:policy|moderation)|flagged|prohibited/i;
/** E006 is its code for an input that the model cannot process. */
const INVALID = /\bE006\b|invalid input|validation error|unsupported (?:image|file)|cannot identify image file/i;

/** The kind of a failed prediction's `error`. */
export function kindOfPredictionError(error: string): FailureKind {
  if (MODERATED.test(error)) return 'moderation';
  return INVALID.test(error) ? 'client' : 'transient';
}
