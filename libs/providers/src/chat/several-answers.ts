import type { ChatBody, ChatUsage } from '@lumenfall/contracts';
import { failure } from '../http/index.js';
import type { CallContext, ChatEvent, ProviderFailure } from '../spec/index.js';

type StreamChat = (body: ChatBody, context: CallContext) => AsyncIterable<ChatEvent>;

/** What became of one of the parallel calls. */
interface CallOutcome {
  /** Whether it delivered a chunk. */
  begun: boolean;
  usage: ChatUsage | null;
  failure: ProviderFailure | null;
}

/**
 * Makes `n` choices by `n` calls with one choice each, for providers that refuse `n` in a stream. The usage is the sum
 * of all calls. A call that fails before its first chunk leaves its choice out; the answer fails if all calls do, or if
 * one breaks in the middle of its choice.
 *
 * @param most choices of one answer; more are refused with a failure that names `n`
 */
export function inParallel(streamOne: StreamChat, most: number): StreamChat {
  return (body, context) => {
    const n = body.n ?? 1;
    if (n === 1) return streamOne(body, context);
    return n > most ? refusal(n, most) : merged(streamOne, { ...body, n: 1 }, context, n);
  };
}

async function* refusal(n: number, most: number): AsyncGenerator<ChatEvent, void, void> {
  const message = `n=${n} is not supported by this model (at most ${most})`;
  yield { type: 'failure', failure: { ...failure('client', message), param: 'n' } };
}

async function* merged(
  streamOne: StreamChat,
  body: ChatBody,
  context: CallContext,
  n: number,
): AsyncGenerator<ChatEvent, void, void> {
  const abort = new AbortController();
  const signal = AbortSignal.any([context.signal, abort.signal]);
  const waiting: ChatEvent[] = [];
  let wake = (): void => undefined;
  let running = n;
  let id: string | null = null;

  const run = async (index: number): Promise<CallOutcome> => {
    const outcome: CallOutcome = { begun: false, usage: null, failure: null };
    for await (const event of streamOne(body, { ...context, signal })) {
      if (event.type === 'chunk') {
        outcome.begun = true;
        id ??= event.chunk.id;
        const choices = event.chunk.choices.map((choice) => ({ ...choice, index }));
        waiting.push({ type: 'chunk', chunk: { ...event.chunk, id, choices } });
      } else {
        outcome.usage = event.usage ?? null;
        if (event.type === 'failure') outcome.failure = event.failure;
      }
      wake();
    }
    return outcome;
  };

  const calls = Array.from({ length: n }, (_, index) =>
    run(index).finally(() => {
      running -= 1;
      wake();
    }),
  );
  // A call that throws is a bug: it surfaces below, when all have ended.
  const ended = Promise.allSettled(calls);
  try {
    while (running > 0 || waiting.length > 0) {
      const event = waiting.shift();
      if (event !== undefined) yield event;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    await ended;
    yield outcomeOf(await Promise.all(calls));
  } finally {
    abort.abort();
  }
}

function outcomeOf(outcomes: readonly CallOutcome[]): ChatEvent {
  const usage = outcomes.reduce<ChatUsage | null>((sum, one) => added(sum, one.usage), null);
  const whole = outcomes.some(({ failure: reason }) => reason === null);
  const broken = outcomes.find(({ begun, failure: reason }) => reason !== null && (begun || !whole))?.failure;
  return broken ? { type: 'failure', failure: broken, ...(usage && { usage }) } : { type: 'end', usage };
}

/** Adds every number of `more` to its counterpart, in the objects inside as well. */
function added(sum: ChatUsage | null, more: ChatUsage | null): ChatUsage | null {
  if (sum === null || more === null) return sum ?? more;
  return addedFields(sum, more) as ChatUsage;
}

function addedFields(a: Record<string, unknown>, b: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = { ...a };
  for (const [name, value] of Object.entries(b)) {
    const own = a[name];
    if (typeof value === 'number' && typeof own === 'number') result[name] = own + value;
    else if (isObject(value) && isObject(own)) result[name] = addedFields(own, value);
    else result[name] ??= value;
  }
  return result;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
