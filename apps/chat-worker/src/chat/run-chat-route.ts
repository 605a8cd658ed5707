import type { Attempt, ChatChunk, ChatUsage, JobPayload, PlannedOffering } from '@lumenfall/contracts';
import { attemptOf, callContextOf, mayGoOn, ownFailure, type FindDoor } from '@lumenfall/execution';
import type { ChatProvider, ProviderFailure, TimeLimits } from '@lumenfall/providers';
import { DeliveredText } from './delivered-text.js';

export type ChatJob = JobPayload<'chat.complete'>;

export interface ChatRoutePorts {
  door: FindDoor<ChatProvider>;
  limits: TimeLimits;
  signal: AbortSignal;
  onChunk(chunk: ChatChunk): void;
}

/** How the route ended: `failure` null means that an offering answered to its end. */
export interface ChatRouteEnd {
  /** The last offering tried. */
  offering: PlannedOffering;
  failure: ProviderFailure | null;
  delivered: DeliveredText;
  /** As the provider reported it, also where the stream broke after it. */
  usage: ChatUsage | null;
  attempts: Attempt[];
}

/**
 * Walks a plan's route until an offering answers. Another offering takes over only while nothing has left for the client,
 * and only after failures that say nothing about the request itself.
 */
export async function runChatRoute({ facts, plan, body }: ChatJob, ports: ChatRoutePorts): Promise<ChatRouteEnd> {
  const attempts: Attempt[] = [];
  let end: ChatRouteEnd | null = null;
  for (const offering of plan.route) {
    const startedAt = Date.now();
    const delivered = new DeliveredText();
    const door = ports.door(offering.provider);
    const { failure, usage } =
      door === null
        ? { failure: ownFailure('auth', `${offering.providerName} is not configured here`), usage: null }
        : await forward(
            door.adapter.streamChat(body, callContextOf(facts, offering, door.endpoint, ports)),
            delivered,
            ports,
          );
    attempts.push(attemptOf(offering, startedAt, Date.now(), failure));
    end = { offering, failure, delivered, usage: usage ?? delivered.usage, attempts };
    if (failure === null || delivered.started || ports.signal.aborted || !mayGoOn(failure.kind)) break;
  }
  if (end === null) throw new Error('A plan without a route');
  return end;
}

async function forward(
  events: ReturnType<ChatProvider['streamChat']>,
  delivered: DeliveredText,
  { onChunk, signal }: ChatRoutePorts,
): Promise<{ failure: ProviderFailure | null; usage: ChatUsage | null }> {
  for await (const event of events) {
    switch (event.type) {
      case 'chunk':
        // What a provider still says to a client that left is neither delivered nor charged.
        if (signal.aborted) return { failure: ownFailure('cancelled', 'The request was cancelled'), usage: null };
        delivered.add(event.chunk);
        onChunk(event.chunk);
        break;
      case 'end':
        return { failure: null, usage: event.usage };
      case 'failure':
        return { failure: event.failure, usage: null };
    }
  }
  return { failure: ownFailure('transient', 'The answer ended without saying so'), usage: null };
}
