import { pause } from '@lumenfall/async';
import type { ChatBody } from '@lumenfall/contracts';
import { ownFailure, type CandidateCall, type RouteRunner } from '@lumenfall/execution';
import type { ChatEvent, ChatProvider } from '@lumenfall/providers';
import { mayFailOver } from '@lumenfall/routing';

/** The first event of a call, and the rest of its stream. */
export interface FirstEvent {
  call: CandidateCall<ChatProvider>;
  event: ChatEvent;
  /** From the start of the call, in ms. */
  latencyMs: number;
  rest: AsyncIterator<ChatEvent>;
}

interface RunningCall {
  first: Promise<FirstEvent>;
  abort(): void;
}

export interface HedgeOptions {
  body: ChatBody;
  signal: AbortSignal;
  /** How long the first call may be silent before a second one starts, in ms; null: no second call. */
  hedgeAfterMs: number | null;
}

/**
 * Calls a candidate, and a second one if the first stays silent. The call with the first event wins; the other is
 * aborted and costs nothing. The returned event is a failure only if all calls failed, or if one failed with a verdict
 * on the request.
 */
export async function hedgedCall(
  first: CandidateCall<ChatProvider>,
  runner: RouteRunner<ChatProvider>,
  options: HedgeOptions,
): Promise<FirstEvent> {
  if (options.hedgeAfterMs === null) return firstEventOf(first, options.body, options.signal);
  const running = new Map<CandidateCall<ChatProvider>, RunningCall>([[first, start(first, options)]]);
  const abortOthers = (winner: CandidateCall<ChatProvider>): void => {
    for (const [call, { abort }] of running) {
      if (call === winner) continue;
      abort();
      runner.recordAttempt(call, ownFailure('cancelled', 'Another provider answered first'), null);
    }
  };
  const timer = new AbortController();
  let silence: Promise<null> | null = pause(options.hedgeAfterMs, { signal: timer.signal }).then(() => null);
  try {
    for (;;) {
      const events = [...running.values()].map((call) => call.first);
      const event = await Promise.race(silence === null ? events : [...events, silence]);
      if (event === null) {
        silence = null;
        const hedge = options.signal.aborted ? null : runner.nextHedged();
        if (hedge !== null) running.set(hedge, start(hedge, options));
        continue;
      }
      if (event.event.type !== 'failure' || !mayFailOver(event.event.failure.kind)) {
        abortOthers(event.call);
        return event;
      }
      running.delete(event.call);
      if (running.size === 0) return event;
      runner.recordAttempt(event.call, event.event.failure, null);
      await event.rest.return?.();
    }
  } finally {
    timer.abort();
  }
}

/** Starts a call that can be aborted without aborting the request. */
function start(call: CandidateCall<ChatProvider>, { body, signal }: HedgeOptions): RunningCall {
  const own = new AbortController();
  const first = firstEventOf(call, body, AbortSignal.any([signal, own.signal]));
  return {
    first,
    abort: () => {
      own.abort();
      void first.then(({ rest }) => rest.return?.());
    },
  };
}

async function firstEventOf(
  call: CandidateCall<ChatProvider>,
  body: ChatBody,
  signal: AbortSignal,
): Promise<FirstEvent> {
  const rest = call.client.adapter.streamChat(body, { ...call.context, signal })[Symbol.asyncIterator]();
  const next = await rest.next();
  return {
    call,
    rest,
    latencyMs: Date.now() - call.startedAt,
    event: next.done
      ? { type: 'failure', failure: ownFailure('transient', 'The stream closed before the end of the answer') }
      : next.value,
  };
}
