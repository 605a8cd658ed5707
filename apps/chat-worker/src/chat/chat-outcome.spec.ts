import type { Attempt, ChatUsage, FailureKind } from '@lumenfall/contracts';
import { ownFailure } from '@lumenfall/execution';
import { aUsageRecord } from '@lumenfall/testing';
import { aChatJob } from '../../test/chat-job.js';
import { chunk } from '../../test/scripted-chat.js';
import { chatOutcome, outcomeOfUnstartedChat } from './chat-outcome.js';
import { DeliveredText, type ChatRouteResult } from './chat-route.js';

const USAGE: ChatUsage = { prompt_tokens: 1000, completion_tokens: 500, total_tokens: 1500 };

function job(stream: boolean) {
  const streaming = aChatJob();
  return { ...streaming, body: { ...streaming.body, stream } };
}

function result(text: string, failed: FailureKind | null, usage: ChatUsage | null = null): ChatRouteResult {
  const delivered = new DeliveredText();
  const event = chunk(text);
  if (text !== '' && event.type === 'chunk') delivered.add(event.chunk);
  const [offering] = aChatJob().plan.route;
  if (offering === undefined) throw new Error('A plan without a route');
  const failure = failed === null ? null : ownFailure(failed, 'scripted');
  return { offering, failure, delivered, usage, attempts: [], last: null, choice: { order: [], passedOver: [] } };
}

describe('chatOutcome', () => {
  it('charges a complete answer by its usage and ends the reply with it', async () => {
    const { work, part } = await chatOutcome(job(true), result('a whole answer', null, USAGE), null);
    expect(work).toMatchObject({ status: 'completed', error: null, charge: { estimated: false } });
    expect(part).toMatchObject({ type: 'chat-end', usage: USAGE, metadata: { cost: 0.002 } });
  });

  it('marks a charge whose tokens were counted here as estimated', async () => {
    const { work, part } = await chatOutcome(job(true), result('one two three', null), null);
    expect(work.charge).toMatchObject({ estimated: true, quantities: [{ quantity: 10 }, { quantity: 3 }] });
    expect(part).toMatchObject({ usage: { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 } });
  });

  it('charges the delivered text of a broken stream', async () => {
    const { work, part } = await chatOutcome(job(true), result('one two three', 'transient'), null);
    expect(work).toMatchObject({ status: 'upstream_failure', charge: { estimated: true } });
    expect(work.charge.quantities).toHaveLength(2);
    expect(part).toMatchObject({ type: 'error', error: { code: 'UPSTREAM_ERROR' } });
  });

  it.each([
    ['an error instead of a whole answer', false, 'one two three', null],
    ['an error instead of a whole answer, even if the provider reported usage', false, 'one two three', USAGE],
    ['a stream that failed before its first text, even if the provider reported usage', true, '', USAGE],
  ] as const)('charges nothing for %s', async (_name, stream, text, usage) => {
    const { work, part } = await chatOutcome(job(stream), result(text, 'transient', usage), null);
    expect(work).toMatchObject({ status: 'upstream_failure', offering: null, charge: { quantities: [], price: null } });
    expect(part).toMatchObject({ type: 'error' });
  });

  it.each([
    [
      'an uncharged failure, as the provider reported its usage',
      false,
      'one',
      'transient',
      USAGE,
      [2_000, 'priced', 0],
    ],
    ['an uncharged failure without usage', false, 'one two three', 'transient', null, [0, 'none', 0]],
    ['a whole answer', true, 'a whole answer', null, USAGE, [2_000, 'priced', 2_000]],
    ['a cost that the provider reports', true, 'one', null, { ...USAGE, cost: 0.5 }, [500_000, 'reported', 500_000]],
    ['a broken stream, counted here', true, 'one two three', 'transient', null, [16, 'measured', 16]],
  ] as const)('notes what the provider charged us for %s', async (_name, stream, text, failed, usage, expected) => {
    const last = { ...aUsageRecord().attempts[0], costMicros: 0 } as Attempt;
    await chatOutcome(job(stream), { ...result(text, failed, usage), attempts: [last], last }, null);
    expect([last.costMicros, last.costBasis, last.chargedMicros]).toEqual(expected);
  });

  it.each([true, false])('charges what was produced until the client left (stream: %p)', async (stream) => {
    const { work } = await chatOutcome(job(stream), result('one two three', 'cancelled'), 'cancelled');
    expect(work).toMatchObject({ status: 'cancelled', error: { code: 'CANCELLED' } });
    expect(work.charge.quantities).toHaveLength(2);
  });

  it('charges nothing if the client got a timeout instead of a whole answer', async () => {
    const { work } = await chatOutcome(job(false), result('one two three', 'cancelled'), 'timed-out');
    expect(work).toMatchObject({ status: 'upstream_failure', error: { code: 'TIMEOUT' }, charge: { quantities: [] } });
  });
});

describe('outcomeOfUnstartedChat', () => {
  it.each([
    ['timed-out', 'upstream_failure', 'TIMEOUT'],
    ['cancelled', 'cancelled', 'CANCELLED'],
  ] as const)('charges nothing for a chat that %s before it started', (reason, status, code) => {
    const { work, part } = outcomeOfUnstartedChat(reason);
    expect(work).toMatchObject({ status, attempts: [], charge: { quantities: [] }, error: { code } });
    expect(part).toMatchObject({ type: 'error', error: { code } });
  });
});
