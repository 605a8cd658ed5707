import type { ChatEvent } from '../spec/index.js';

/** All that a provider says, to its end. */
export async function collect(events: AsyncIterable<ChatEvent>): Promise<ChatEvent[]> {
  const all: ChatEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** The words of an answer. */
export function textOf(events: readonly ChatEvent[]): string {
  return events
    .flatMap((event) => (event.type === 'chunk' ? event.chunk.choices.map(({ delta }) => delta.content ?? '') : []))
    .join('');
}

/** Every delta of every choice, in order. */
export const deltasOf = (events: readonly ChatEvent[]) =>
  events.flatMap((event) => (event.type === 'chunk' ? event.chunk.choices.map(({ delta }) => delta) : []));

/** The finish reasons there were; null for none. */
export const reasonOf = (events: readonly ChatEvent[]): string | null =>
  events
    .flatMap((event) =>
      event.type === 'chunk' ? event.chunk.choices.map(({ finish_reason: reason }) => reason ?? '') : [],
    )
    .join('') || null;

/** The calls as a client puts them together. */
export function callsOf(events: readonly ChatEvent[]): { id: string; name: string; args: string }[] {
  const calls: { id: string; name: string; args: string }[] = [];
  for (const { index, id, function: named } of deltasOf(events).flatMap(({ tool_calls: some }) => some ?? [])) {
    const call = (calls[index ?? 0] ??= { id: '', name: '', args: '' });
    call.id ||= id ?? '';
    call.name ||= named?.name ?? '';
    call.args += named?.arguments ?? '';
  }
  return calls;
}
