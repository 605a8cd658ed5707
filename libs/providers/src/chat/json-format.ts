import type { ChatBody } from '@lumenfall/contracts';
import { isRecord } from '../openai-compatible/unknown-fields.js';

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
