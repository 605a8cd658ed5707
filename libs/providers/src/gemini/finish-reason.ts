import { failure } from '../http/index.js';
import type { ProviderFailure } from '../spec/index.js';

const MODERATED = new Set([
  'SAFETY',
  'RECITATION',
  'LANGUAGE',
  'PROHIBITED_CONTENT',
  'BLOCKLIST',
  'SPII',
  'MODEL_ARMOR',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
]);

/** What the model said could not be read, or was no answer: the same request may well go right. */
const MISSPOKEN = new Set([
  'MALFORMED_FUNCTION_CALL',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'MALFORMED_RESPONSE',
  'OTHER',
  'IMAGE_OTHER',
]);

export interface Finish {
  /** OpenAI's word; null while the answer goes on. */
  reason: 'stop' | 'length' | 'tool_calls' | 'content_filter' | null;
  failure: ProviderFailure | null;
}

/** A candidate's `finishReason`; null while there is none. */
export function judgeFinish(finishReason: string | null, hasCalled: boolean): Finish {
  if (finishReason === null || finishReason === 'FINISH_REASON_UNSPECIFIED') return { reason: null, failure: null };
  if (finishReason === 'MAX_TOKENS') return { reason: 'length', failure: null };
  if (MODERATED.has(finishReason)) return { reason: 'content_filter', failure: null };
  if (MISSPOKEN.has(finishReason)) {
    return { reason: null, failure: failure('transient', `The provider broke off its answer (${finishReason})`) };
  }
  if (finishReason === 'MISSING_THOUGHT_SIGNATURE') {
    return { reason: null, failure: failure('client', 'messages: a tool call has lost its reasoning_details') };
  }
  return { reason: hasCalled ? 'tool_calls' : 'stop', failure: null };
}
