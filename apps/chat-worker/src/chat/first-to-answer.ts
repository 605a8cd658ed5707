import { setTimeout as sleep } from 'node:timers/promises';
import type { ChatBody } from '@lumenfall/contracts';
import { mayGoOn, ownFailure, type RouteRunner, type CandidateCall } from '@lumenfall/execution';
import type { ChatEvent, ChatProvider } from '@lumenfall/providers';

/** The first thing that a call said, and the rest of it. */
export interface FirstWord {
  stop: CandidateCall<ChatProvider>;
  event: ChatEvent;
  /** From the start of the call. */
  latencyMs: number;
  rest: AsyncIterator<ChatEvent>;
}

interface Call {
  word: Promise<FirstWord>;
  abandon(): void;
}

export interface Asking {
  body: ChatBody;
  signal: AbortSignal;
  /** How long the first call may be silent before another is made beside it; null: for ever. */
  hedgeAfterMs: number | null;
}

/**
 * Asks at a stop, and where that is silent for too long, at a second one beside it: whoever begins to answer first goes on,
 * the other is abandoned and costs nothing. The returned word is a failure only where all of them failed, or where one of them
 * gave a verdict on the request.
 */
export async function firstToAnswer(
  first: CandidateCall<ChatProvider>,
  run: RouteRunner<ChatProvider>,
  asking: Asking,
): Promise<FirstWord> {
  if (asking.hedgeAfterMs === null) return ask(first, asking.body, asking.signal);
  const calls = new Map<CandidateCall<ChatProvider>, Call>([[first, startCall(first, asking)]]);
  const abandonOthers = (winner: CandidateCall<ChatProvider>): void => {
    for (const [stop, { abandon }] of calls) {
      if (stop === winner) continue;
      abandon();
      run.recordAttempt(stop, ownFailure('cancelled', 'Another provider began to answer first'), null);
    }
  };
  const timer = new AbortController();
  let slow: Promise<'slow' | null> | null = sleep(asking.hedgeAfterMs, 'slow' as const, { signal: timer.signal }).catch(
    () => null,
  );
  try {
    for (;;) {
      const words = [...calls.values()].map(({ word }) => word);
      const said = await Promise.race(slow === null ? words : [...words, slow]);
      if (said === 'slow' || said === null) {
        slow = null;
        const beside = asking.signal.aborted ? null : run.nextHedged();
        if (beside !== null) calls.set(beside, startCall(beside, asking));
        continue;
      }
      if (said.event.type !== 'failure' || !mayGoOn(said.event.failure.kind)) {
        abandonOthers(said.stop);
        return said;
      }
      calls.delete(said.stop);
      if (calls.size === 0) return said;
      run.recordAttempt(said.stop, said.event.failure, null);
      await said.rest.return?.();
    }
  } finally {
    timer.abort();
  }
}

/** A call that can be ended without ending the request. */
function startCall(stop: CandidateCall<ChatProvider>, { body, signal }: Asking): Call {
  const own = new AbortController();
  const word = ask(stop, body, AbortSignal.any([signal, own.signal]));
  return {
    word,
    abandon: () => {
      own.abort();
      void word.then(({ rest }) => rest.return?.());
    },
  };
}

async function ask(stop: CandidateCall<ChatProvider>, body: ChatBody, signal: AbortSignal): Promise<FirstWord> {
  const rest = stop.client.adapter.streamChat(body, { ...stop.context, signal })[Symbol.asyncIterator]();
  const said = await rest.next();
  return {
    stop,
    rest,
    latencyMs: Date.now() - stop.startedAt,
    event: said.done
      ? { type: 'failure', failure: ownFailure('transient', 'The answer ended without saying so') }
      : said.value,
  };
}
