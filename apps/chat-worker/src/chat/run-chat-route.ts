import type { Attempt, ChatChunk, ChatUsage, JobPayload, PlannedOffering, RouteChoice } from '@lumenfall/contracts';
import { ownFailure, RouteRunner, type RoutePorts } from '@lumenfall/execution';
import type { ChatEvent, ChatProvider, ProviderFailure } from '@lumenfall/providers';
import { DeliveredText } from './delivered-text.js';
import { firstToAnswer, type FirstWord } from './first-to-answer.js';

export type ChatJob = JobPayload<'chat.complete'>;

export interface ChatRoutePorts extends RoutePorts<ChatProvider> {
  /** How long a provider may be silent before another is asked beside it; null: for ever. */
  hedgeAfterMs: number | null;
}

/** How the route ended: `failure` null means that an offering answered to its end. */
export interface ChatRouteEnd {
  /** The last offering tried; where none could be, the one that the failure is about. */
  offering: PlannedOffering;
  failure: ProviderFailure | null;
  delivered: DeliveredText;
  /** As the provider reported it, also where the stream broke after it. */
  usage: ChatUsage | null;
  attempts: Attempt[];
  /** The one of them that whatever was delivered came from; null where none was made. */
  last: Attempt | null;
  choice: RouteChoice;
}

interface Forwarding {
  signal: AbortSignal;
  /** @param from the one offering that the whole answer comes from */
  onChunk(chunk: ChatChunk, from: PlannedOffering): void;
}

/**
 * Walks a plan's route until an offering answers. Another offering takes over only while nothing has left for the client,
 * and only after failures that say nothing about the request itself.
 */
export async function runChatRoute(
  { requestContext, plan, body, deadline }: ChatJob,
  { signal, onChunk, ...ports }: ChatRoutePorts & Forwarding,
): Promise<ChatRouteEnd> {
  const run = new RouteRunner({ requestContext, plan, deadline, signal }, ports);
  const { attempts } = run;
  let end: Omit<ChatRouteEnd, 'choice'> | null = null;
  try {
    for (let stop = await run.next(); stop !== null; stop = await run.next()) {
      const word = await firstToAnswer(stop, run, { body, signal, hedgeAfterMs: ports.hedgeAfterMs });
      const delivered = new DeliveredText();
      const { failure, usage } = await forward(word, delivered, { signal, onChunk });
      const last = run.recordAttempt(word.stop, failure, word.latencyMs);
      const { offering } = word.stop;
      end = { offering, failure, delivered, usage: usage ?? delivered.usage, attempts, last };
      if (failure === null || delivered.started || signal.aborted) break;
    }
  } finally {
    run.release();
  }
  const choice = run.choice();
  if (end !== null) return { ...end, choice };
  return { ...run.whyNothing(), delivered: new DeliveredText(), usage: null, attempts, last: null, choice };
}

async function forward(
  { event: first, rest, stop }: FirstWord,
  delivered: DeliveredText,
  { onChunk, signal }: Forwarding,
): Promise<{ failure: ProviderFailure | null; usage: ChatUsage | null }> {
  try {
    for (let event: ChatEvent | undefined = first; event !== undefined; event = await nextOf(rest)) {
      if (event.type === 'end') return { failure: null, usage: event.usage };
      if (event.type === 'failure') return { failure: event.failure, usage: event.usage ?? null };
      // What a provider still says to a client that left is neither delivered nor charged.
      if (signal.aborted) return { failure: ownFailure('cancelled', 'The request was cancelled'), usage: null };
      delivered.add(event.chunk);
      onChunk(event.chunk, stop.offering);
    }
    return { failure: ownFailure('transient', 'The answer ended without saying so'), usage: null };
  } finally {
    // Nobody asks for more: only so does the call give its socket back, or close it, before its time is over.
    await rest.return?.();
  }
}

async function nextOf(events: AsyncIterator<ChatEvent>): Promise<ChatEvent | undefined> {
  const { done, value } = await events.next();
  return done ? undefined : value;
}
