import { newRequestId, type ReplyMessage, type ReplyPart } from '@lumenfall/contracts';
import type { ReplyInbox } from '@lumenfall/queue';
import { AwaitedAnswer, RunSequence } from './awaited-answer.js';

const ended: ReplyPart = { type: 'error', error: { code: 'TIMEOUT', message: 'x', param: null }, executedModel: null };

/** One request's end of the reply channel, by hand. */
function channel(
  state: 'active' | 'gone' | 'away' = 'active',
  times: { deadlineMs?: number; silenceMs?: number } = {},
) {
  const requestId = newRequestId();
  let deliver: (message: ReplyMessage) => void = () => undefined;
  const seen = { cancelled: 0, closed: 0 };
  const inbox: ReplyInbox = {
    address: 'here',
    listen: (_id, onMessage) => {
      deliver = onMessage;
      return { cancel: async () => void (seen.cancelled += 1), close: () => void (seen.closed += 1) };
    },
    close: async () => undefined,
  };
  const producer = { state: () => (state === 'away' ? Promise.reject(new Error('no queue')) : Promise.resolve(state)) };
  const answer = new AwaitedAnswer(inbox, producer, {
    requestId,
    queue: 'chat',
    deadline: Date.now() + (times.deadlineMs ?? 60_000),
    silenceMs: times.silenceMs ?? 60_000,
  });
  return { answer, seen, send: (run: number, seq: number) => deliver({ requestId, run, seq, parts: [ended] }) };
}

describe('an awaited answer', () => {
  it('passes parts on in order, before and after they are asked for', async () => {
    const { answer, send } = channel();
    send(1, 0);
    expect(await answer.next()).toEqual({ type: 'parts', parts: [ended], restarted: false });
    const next = answer.next();
    send(1, 1);
    expect(await next).toMatchObject({ type: 'parts', restarted: false });
    answer.close();
  });

  it('says when a newer run begins, and drops what the older one still says', async () => {
    const { answer, send } = channel();
    send(1, 0);
    send(2, 0);
    send(1, 1);
    send(2, 1);
    expect([await answer.next(), await answer.next(), await answer.next()]).toMatchObject([
      { restarted: false },
      { restarted: true },
      { restarted: false },
    ]);
    answer.close();
  });

  it('is lost where a message is, and stops the work', async () => {
    const { answer, send, seen } = channel();
    send(1, 1);
    expect(await answer.next()).toMatchObject({ type: 'lost', error: { code: 'INTERNAL_ERROR' } });
    expect(seen).toEqual({ cancelled: 1, closed: 1 });
  });

  it('ends at its deadline', async () => {
    const { answer, seen } = channel('active', { deadlineMs: 20 });
    expect(await answer.next()).toMatchObject({ type: 'lost', error: { code: 'TIMEOUT' } });
    expect(seen.cancelled).toBe(1);
  });

  it('is lost, after a silence, once the work is gone', async () => {
    const { answer } = channel('gone', { silenceMs: 20 });
    expect(await answer.next()).toEqual({ type: 'silence' });
    expect(await answer.next()).toMatchObject({ type: 'lost', error: { code: 'INTERNAL_ERROR' } });
  });

  it.each(['active', 'away'] as const)('goes on waiting through silences while the work is %s', async (state) => {
    const { answer, send } = channel(state, { silenceMs: 20 });
    expect([await answer.next(), await answer.next()]).toEqual([{ type: 'silence' }, { type: 'silence' }]);
    send(1, 0);
    let event = await answer.next();
    while (event.type === 'silence') event = await answer.next();
    expect(event.type).toBe('parts');
    answer.close();
  });

  it('ends the wait when the client leaves', async () => {
    const { answer, seen } = channel();
    const waiting = answer.next();
    await answer.cancel();
    await answer.cancel();
    expect(await waiting).toEqual({ type: 'cancelled' });
    expect(seen).toEqual({ cancelled: 1, closed: 1 });
  });

  it('aborts the job of the worker if the client leaves before the answer ends, and not afterwards', async () => {
    const early = channel();
    await early.answer.leave();
    expect(early.seen).toEqual({ cancelled: 1, closed: 1 });
    const late = channel();
    late.send(1, 0);
    await late.answer.next();
    await late.answer.leave();
    expect(late.seen).toEqual({ cancelled: 0, closed: 1 });
  });
});

describe('the sequence of reply messages', () => {
  it.each<[string, [number, number][], string[]]>([
    [
      'one run in order',
      [
        [1, 0],
        [1, 1],
        [1, 2],
      ],
      ['next', 'next', 'next'],
    ],
    [
      'a message twice',
      [
        [1, 0],
        [1, 0],
        [1, 1],
      ],
      ['next', 'stale', 'next'],
    ],
    [
      'a lost message',
      [
        [1, 0],
        [1, 2],
      ],
      ['next', 'gap'],
    ],
    ['a lost first message', [[1, 1]], ['gap']],
    [
      'a second run after the first',
      [
        [1, 0],
        [1, 1],
        [2, 0],
        [2, 1],
      ],
      ['next', 'next', 'restart', 'next'],
    ],
    [
      'the first run still speaking',
      [
        [1, 0],
        [2, 0],
        [1, 1],
        [2, 1],
      ],
      ['next', 'restart', 'stale', 'next'],
    ],
    [
      'a first run that said nothing',
      [
        [2, 0],
        [2, 1],
      ],
      ['next', 'next'],
    ],
    [
      'a second run without its beginning',
      [
        [1, 0],
        [2, 1],
      ],
      ['next', 'gap'],
    ],
  ])('%s', (_, messages, verdicts) => {
    const sequence = new RunSequence();
    expect(messages.map(([run, seq]) => sequence.judge({ run, seq }))).toEqual(verdicts);
  });
});
