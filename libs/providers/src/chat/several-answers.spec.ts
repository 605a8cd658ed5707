import type { ChatBody } from '@lumenfall/contracts';
import { contextFor } from '../contract/call-context.js';
import { collect, kindsOf } from '../contract/chat-events.js';
import { failure } from '../http/index.js';
import type { CallContext, ChatEvent } from '../spec/index.js';
import { inParallel } from './several-answers.js';

const BODY = { model: 'm', messages: [{ role: 'user', content: 'a' }] } as ChatBody;
const CONTEXT = contextFor('http://localhost', 'gemini');
const chunk = (content: string, finish: string | null = null): ChatEvent => ({
  type: 'chunk',
  chunk: {
    id: `id-${content}`,
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { content }, finish_reason: finish }],
  },
});
const end = (completion: number): ChatEvent => ({
  type: 'end',
  usage: {
    prompt_tokens: 5,
    completion_tokens: completion,
    total_tokens: 5 + completion,
    completion_tokens_details: { reasoning_tokens: 1 },
  },
});
const broken: ChatEvent = { type: 'failure', failure: failure('transient', 'broken') };

/** Calls that emit the given events, one list a call. */
function scripted(...scripts: ChatEvent[][]) {
  const bodies: ChatBody[] = [];
  const signals: AbortSignal[] = [];
  const streamOne = async function* (body: ChatBody, { signal }: CallContext): AsyncGenerator<ChatEvent> {
    const script = scripts[bodies.push(body) - 1] ?? [];
    signals.push(signal);
    for (const event of script) yield event;
  };
  return { stream: inParallel(streamOne, 3), bodies, signals };
}
const run = (scripts: ChatEvent[][], n: number | null) => {
  const { stream, bodies } = scripted(...scripts);
  return { events: collect(stream({ ...BODY, n }, CONTEXT)), bodies };
};

describe('inParallel', () => {
  it.each([[1], [null]])('makes one call for n=%p, and changes nothing', async (n) => {
    const script = [chunk('a', 'stop'), end(2)];
    const { events, bodies } = run([script], n);
    expect(await events).toEqual(script);
    expect(bodies).toHaveLength(1);
  });

  it('makes each choice by a call of its own, under one id, and adds up the usage', async () => {
    const { events, bodies } = run(
      [
        [chunk('a', 'stop'), end(2)],
        [chunk('b', 'length'), end(3)],
      ],
      2,
    );
    const all = await events;
    const chunks = all.flatMap((event) => (event.type === 'chunk' ? [event.chunk] : []));
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(
      chunks.flatMap(({ choices }) =>
        choices.map(({ index, delta, finish_reason }) => [index, delta.content, finish_reason]),
      ),
    ).toEqual([
      [0, 'a', 'stop'],
      [1, 'b', 'length'],
    ]);
    expect(all.at(-1)).toEqual({
      type: 'end',
      usage: {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 15,
        completion_tokens_details: { reasoning_tokens: 2 },
      },
    });
    expect(bodies.map(({ n }) => n)).toEqual([1, 1]);
  });

  it('leaves out the choice of a call that failed before its first chunk', async () => {
    expect(kindsOf(await run([[chunk('a', 'stop'), end(2)], [broken]], 2).events)).toEqual(['chunk', 'end']);
  });

  it('fails if every call failed', async () => {
    expect(await run([[broken], [broken]], 2).events).toEqual([broken]);
  });

  it('fails with the usage of all calls if one breaks in the middle of its choice', async () => {
    const { events } = run(
      [
        [chunk('a', 'stop'), end(2)],
        [chunk('b'), broken],
      ],
      2,
    );
    expect((await events).at(-1)).toMatchObject({ ...broken, usage: { completion_tokens: 2 } });
  });

  it('refuses more choices than its limit without a call, and names n', async () => {
    const { events, bodies } = run([], 4);
    expect(await events).toMatchObject([
      {
        type: 'failure',
        failure: { kind: 'client', param: 'n', message: 'n=4 is not supported by this model (at most 3)' },
      },
    ]);
    expect(bodies).toEqual([]);
  });

  it('aborts all calls if the reader leaves', async () => {
    const { stream, signals } = scripted([chunk('a'), end(1)], [chunk('b'), end(1)]);
    for await (const _ of stream({ ...BODY, n: 2 }, CONTEXT)) break;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
});
