import { readOpenAiRefusal } from '../openai-compatible/errors.js';
import type { Refusal } from '../http/index.js';

const MODERATED = /content moderation|content policy|usage guidelines|safety check/i;
const BAD_KEY = /incorrect api key|api key.*(disabled|blocked)/i;

/** `{"code": "...", "error": "..."}`, and OpenAI's form, which proxies use. xAI answers a wrong key with 400. */
export function readXaiRefusal(status: number, body: unknown): Refusal {
  const refusal = readOpenAiRefusal(status, body);
  if (refusal.message === null) return refusal;
  if (MODERATED.test(refusal.message)) return { ...refusal, kind: 'moderation' };
  return (status === 400 || status < 300) && BAD_KEY.test(refusal.message) ? { ...refusal, kind: 'auth' } : refusal;
}
