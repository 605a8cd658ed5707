import { isDeepStrictEqual } from 'node:util';
import type { ChatBody } from '@lumenfall/contracts';
import { isRecord } from '../json/fields.js';

/** Read by every protocol, and therefore never passed on as they are. */
const READ = [
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
  'response_format',
  'reasoning',
  'reasoning_effort',
  'include_reasoning',
];

/** Hints for caches, accounts and routes of others: the answer is the one asked for without them, too. */
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

/** Settings that mean nothing at this value, and are often sent so. */
const NEUTRAL: Record<string, unknown> = {
  frequency_penalty: 0,
  presence_penalty: 0,
  logit_bias: {},
  logprobs: false,
  service_tier: 'auto',
  modalities: ['text'],
};

const LEFT_OUT = new Set([...READ, ...HINTS]);

/**
 * The fields of a body that a protocol does not translate. They go upstream unchanged: they may be the provider's own, and
 * where they are not, its refusal names them, which tells the client more than silence.
 */
export function fieldsLeft(body: ChatBody, translated: readonly string[] = []): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body).filter(
      ([name, value]) =>
        !LEFT_OUT.has(name) &&
        !translated.includes(name) &&
        value !== null &&
        value !== undefined &&
        !(Object.hasOwn(NEUTRAL, name) && isDeepStrictEqual(NEUTRAL[name], value)),
    ),
  );
}

/** `max_completion_tokens`, or its older name. */
export const tokenLimitOf = (body: ChatBody): number | null => body.max_completion_tokens ?? body.max_tokens ?? null;

/** `stop` as a list; null where there is none. */
export function stopsOf({ stop }: ChatBody): string[] | null {
  const stops = (typeof stop === 'string' ? [stop] : (stop ?? [])).filter((text) => text !== '');
  return stops.length > 0 ? stops : null;
}

/** What `response_format` asks for; null for plain text. */
export type JsonFormat = { kind: 'object' } | { kind: 'schema'; schema: Record<string, unknown> };

export function readJsonFormat(body: ChatBody): JsonFormat | null {
  const format = body['response_format'];
  if (!isRecord(format)) return null;
  if (format['type'] === 'json_object') return { kind: 'object' };
  const named = format['type'] === 'json_schema' && isRecord(format['json_schema']) ? format['json_schema'] : null;
  if (named === null) return null;
  return isRecord(named['schema']) ? { kind: 'schema', schema: named['schema'] } : { kind: 'object' };
}
