import { isRecord } from '../openai-compatible/unknown-fields.js';

/** A whole message (from a server that ignores `stream`) as the events that would have been streamed. */
export function eventsOfMessage(value: unknown): Record<string, unknown>[] | null {
  if (!isRecord(value)) return null;
  if (value['type'] === 'error') return [value];
  const { content, stop_reason: stopReason, usage } = value;
  if (!Array.isArray(content)) return null;
  return [
    { type: 'message_start', message: value },
    // A block that is whole from its beginning: its end says what its deltas would have said.
    ...content.flatMap((block: unknown, index) => [
      { type: 'content_block_start', index, content_block: block },
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason: stopReason }, usage },
    { type: 'message_stop' },
  ];
}
