import { AnswerStream, type AnswerReader } from '../chat/answer-stream.js';
import { readOpenAiRefusal } from '../openai-compatible/errors.js';
import type { ReadRefusal } from '../http/index.js';
import type { ChatEvent } from '../spec/index.js';

/** All events of an answer. */
export async function collect(events: AsyncIterable<ChatEvent>): Promise<ChatEvent[]> {
  const all: ChatEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** The events for the data of server-sent events, after which the provider closes the connection. */
export function eventsOf(
  reader: AnswerReader,
  events: readonly (string | { event: string; data: string })[],
  { n = 1, readRefusal = readOpenAiRefusal }: { n?: number | undefined; readRefusal?: ReadRefusal } = {},
): ChatEvent[] {
  const stream = new AnswerStream(reader, n, readRefusal, []);
  const taken = events.flatMap((one) => stream.take(typeof one === 'string' ? { event: undefined, data: one } : one));
  return [...taken, ...stream.close(null)];
}

/** The events for a body that is not an event stream. */
export const eventsOfWhole = (reader: AnswerReader, text: string, readRefusal = readOpenAiRefusal): ChatEvent[] =>
  new AnswerStream(reader, 1, readRefusal, []).takeWhole(text);

/** The type of each event, or the kind of its failure. */
export const kindsOf = (events: readonly ChatEvent[]): string[] =>
  events.map((event) => (event.type === 'failure' ? event.failure.kind : event.type));

/** The text of an answer. */
export function textOf(events: readonly ChatEvent[]): string {
  return deltasOf(events)
    .map(({ content }) => content ?? '')
    .join('');
}

/** Every delta of every choice, in order. */
export const deltasOf = (events: readonly ChatEvent[]) =>
  events.flatMap((event) => (event.type === 'chunk' ? event.chunk.choices.map(({ delta }) => delta) : []));

/** The finish reasons, joined; null if there are none. */
export const reasonOf = (events: readonly ChatEvent[]): string | null =>
  events
    .flatMap((event) =>
      event.type === 'chunk' ? event.chunk.choices.map(({ finish_reason: reason }) => reason ?? '') : [],
    )
    .join('') || null;

/** The tool calls as OpenAI's Python SDK puts them together: it joins the texts of all deltas. */
export function callsOf(events: readonly ChatEvent[]): { id: string; name: string; args: string }[] {
  const calls: { id: string; name: string; args: string }[] = [];
  for (const { index, id, function: named } of deltasOf(events).flatMap(({ tool_calls: some }) => some ?? [])) {
    const call = (calls[index ?? 0] ??= { id: '', name: '', args: '' });
    call.id += id ?? '';
    call.name += named?.name ?? '';
    call.args += named?.arguments ?? '';
  }
  return calls;
}
