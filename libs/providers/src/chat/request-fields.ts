import { isDeepStrictEqual } from 'node:util';
import type { ChatBody } from '@lumenfall/contracts';
import { isRecord } from '../json/fields.js';
import { objectSchema } from './object-schema.js';

/** Every protocol translates these, so they are never passed on unchanged. */
const TRANSLATED = [
  'model',
  'messages',
  'stream',
  'stream_options',
  'temperature',
  'max_tokens',
  'max_completion_tokens',
  'top_p',
  'stop',
  'n',
  'user',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'functions',
  'function_call',
  'response_format',
  'reasoning',
  'reasoning_effort',
  'include_reasoning',
];

/** Hints for the caches, accounts and routes of other providers. They do not change the answer. */
const HINTS = [
  'store',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
  'usage',
  'transforms',
  'provider',
  'models',
  'route',
];

/** Settings that many clients send with the value that changes nothing. */
const NEUTRAL: Record<string, unknown> = {
  frequency_penalty: 0,
  presence_penalty: 0,
  logit_bias: {},
  logprobs: false,
  service_tier: 'auto',
  modalities: ['text'],
};

const OMITTED = new Set([...TRANSLATED, ...HINTS]);

/**
 * The fields of a body that a protocol does not translate. They go upstream unchanged: they may be the provider's own.
 * If they are not, its refusal names them, which helps the client more than a field that is silently dropped.
 */
export function untranslatedFields(body: ChatBody, translated: readonly string[] = []): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body).filter(
      ([name, value]) =>
        !OMITTED.has(name) &&
        !translated.includes(name) &&
        value !== null &&
        value !== undefined &&
        !(Object.hasOwn(NEUTRAL, name) && isDeepStrictEqual(NEUTRAL[name], value)),
    ),
  );
}

/** `max_completion_tokens`, or its older name. */
export const tokenLimitOf = (body: ChatBody): number | null => body.max_completion_tokens ?? body.max_tokens ?? null;

/** `stop` as a list; null if there is none. */
export function stopSequencesOf({ stop }: ChatBody): string[] | null {
  const sequences = (typeof stop === 'string' ? [stop] : (stop ?? [])).filter((text) => text !== '');
  return sequences.length > 0 ? sequences : null;
}

/** The format that `response_format` asks for; null for plain text. */
export type JsonFormat = { kind: 'object' } | { kind: 'schema'; schema: Record<string, unknown> };

export function readJsonFormat(body: ChatBody): JsonFormat | null {
  const format = body['response_format'];
  if (!isRecord(format)) return null;
  if (format['type'] === 'json_object') return { kind: 'object' };
  const named = format['type'] === 'json_schema' && isRecord(format['json_schema']) ? format['json_schema'] : null;
  if (named === null) return null;
  return isRecord(named['schema']) ? { kind: 'schema', schema: objectSchema(named['schema']) } : { kind: 'object' };
}
