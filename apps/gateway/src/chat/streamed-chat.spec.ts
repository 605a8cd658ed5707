import { apiError, type ReplyPart } from '@lumenfall/contracts';
import type { AnswerEvent } from '../answers/awaited-answer.js';
import { streamChat } from './streamed-chat.js';

const identity = { id: 'chatcmpl-1', created: 1, model: 'a/b' };
const says = (content: string): ReplyPart => ({
  type: 'chunk',
  chunk: {
    id: 'x',
    object: 'chat.completion.chunk',
    created: 9,
    model: 'up',
    choices: [{ index: 0, delta: { content } }],
  },
});
const usageOnly: ReplyPart = {
  type: 'chunk',
  chunk: { id: 'x', object: 'chat.completion.chunk', created: 9, model: 'up', choices: [] },
};
const end: ReplyPart = {
  type: 'chat-end',
  usage: { prompt_tokens: 1, completion_tokens: 1 },
  metadata: {
    model: 'a/b',
    executed_model: 'p/a/b',
    provider: 'p',
    provider_name: 'P',
    cost: 0,
    cost_currency: 'USD',
    attempts: [],
  },
};
const error = apiError('UPSTREAM_ERROR', 'broke off');
const broke: ReplyPart = { type: 'error', error, executedModel: 'p/a/b' };
const parts = (...some: ReplyPart[]): AnswerEvent => ({ type: 'parts', parts: some, restarted: false });
const again = (...some: ReplyPart[]): AnswerEvent => ({ type: 'parts', parts: some, restarted: true });
const silence: AnswerEvent = { type: 'silence' };

/**
 * What a client sees of it: `open`, comments as `:`, the texts of chunks, `usage`, the codes of errors, `[DONE]`,
 * `end`.
 */
async function seen(events: AnswerEvent[], withUsage = false): Promise<{ failed: string | null; wire: string[] }> {
  const wire: string[] = [];
  const stream = {
    opened: false,
    open() {
      if (!this.opened) wire.push('open');
      this.opened = true;
    },
    send: async (some: readonly unknown[]) => void wire.push(...some.map(brief)),
    comment: async () => void wire.push(':'),
    end: (last = '') => void wire.push(...(last === '' ? [] : ['[DONE]']), 'end'),
  };
  const next = async (): Promise<AnswerEvent> => events.shift() ?? { type: 'cancelled' };
  const result = await streamChat({ next }, stream, { identity, withUsage });
  return { failed: result.ok ? null : result.error.error.code, wire };
}

function brief(event: unknown): string {
  const { choices, error: failure } = event as { choices?: { delta: { content: string } }[]; error?: { code: string } };
  return failure?.code ?? choices?.[0]?.delta.content ?? 'usage';
}

describe('a streamed chat', () => {
  it.each<[string, AnswerEvent[], string[]]>([
    ['parts as they come', [parts(says('a')), parts(says('b')), parts(end)], ['open', 'a', 'b', '[DONE]', 'end']],
    ['everything in one message', [parts(says('a'), end)], ['open', 'a', '[DONE]', 'end']],
    ["a provider's own usage chunk", [parts(says('a'), usageOnly, end)], ['open', 'a', '[DONE]', 'end']],
    [
      'silence before the first part',
      [silence, silence, parts(says('a'), end)],
      ['open', ':', ':', 'a', '[DONE]', 'end'],
    ],
    ['silence in the middle', [parts(says('a')), silence, parts(end)], ['open', 'a', ':', '[DONE]', 'end']],
    ['an error after the first part', [parts(says('a')), parts(broke)], ['open', 'a', 'UPSTREAM_ERROR', 'end']],
    ['an error in the same message', [parts(says('a'), broke)], ['open', 'a', 'UPSTREAM_ERROR', 'end']],
    ['an error after a comment', [silence, parts(broke)], ['open', ':', 'UPSTREAM_ERROR', 'end']],
    ['a lost answer', [parts(says('a')), { type: 'lost', error }], ['open', 'a', 'UPSTREAM_ERROR', 'end']],
    ['a new run after a part', [parts(says('a')), again(says('b'), end)], ['open', 'a', 'INTERNAL_ERROR', 'end']],
    ['a new run after a comment', [silence, again(says('b'), end)], ['open', ':', 'b', '[DONE]', 'end']],
    ['a client that left', [parts(says('a'))], ['open', 'a']],
  ])('passes on %s', async (_, events, wire) => {
    expect(await seen(events)).toEqual({ failed: null, wire });
  });

  it('leaves a failure before the first part to HTTP', async () => {
    expect(await seen([parts(broke)])).toEqual({ failed: 'UPSTREAM_ERROR', wire: [] });
    expect(await seen([{ type: 'lost', error }])).toEqual({ failed: 'UPSTREAM_ERROR', wire: [] });
  });

  it('reports usage only where it was asked for', async () => {
    expect((await seen([parts(says('a'), end)], true)).wire).toEqual(['open', 'a', 'usage', '[DONE]', 'end']);
  });
});
