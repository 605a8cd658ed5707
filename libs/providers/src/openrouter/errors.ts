import type { Refusal } from '../http/index.js';
import { errorObject, readOpenAiRefusal } from '../openai-compatible/errors.js';
import { isRecord } from '../json/fields.js';

/**
 * OpenAI's shape with a number as `code`. A 403 is a moderation verdict where it gives reasons; a 502 wraps what the
 * provider behind it said in `metadata.raw`, which is not for clients.
 */
export function readOpenRouterRefusal(status: number, body: unknown): Refusal {
  const error = errorObject(body);
  const metadata = isRecord(error['metadata']) ? error['metadata'] : {};
  const code = Number(error['code']);
  const moderated = (status === 403 || code === 403) && Array.isArray(metadata['reasons']);
  const refusal = readOpenAiRefusal(status, body);
  return moderated ? { ...refusal, kind: 'moderation' } : refusal;
}
