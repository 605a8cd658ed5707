import type { Refusal } from '../http/index.js';
import { isRecord } from '../json/fields.js';
import { readOpenAiRefusal } from '../openai-compatible/errors.js';

/**
 * OpenAI's form with a number as `code`. A 403 with reasons is a moderation verdict. A 502 repeats in `metadata.raw`
 * what the provider behind OpenRouter answered; that is not for clients.
 */
export function readOpenRouterRefusal(status: number, body: unknown): Refusal {
  const refusal = readOpenAiRefusal(status, body);
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : {};
  const metadata = isRecord(error['metadata']) ? error['metadata'] : {};
  const isModerated = (status === 403 || Number(error['code']) === 403) && Array.isArray(metadata['reasons']);
  return isModerated ? { ...refusal, kind: 'moderation' } : refusal;
}
