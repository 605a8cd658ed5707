import type { Attempt, ChatChunk, ChatUsage, JobPayload, PlannedOffering, RouteChoice } from '@lumenfall/contracts';
import { ownFailure, RouteRunner, type RoutePorts } from '@lumenfall/execution';
import type { ChatEvent, ChatProvider, ProviderFailure } from '@lumenfall/providers';
import { hedgedCall, type FirstEvent } from './hedged-call.js';

export type ChatJob = JobPayload<'chat.complete'>;

export interface ChatRoutePorts extends RoutePorts<ChatProvider> {
  /** Calls a second provider if the first is silent for this long, in ms; null: never. */
  hedgeAfterMs: number | null;
}

/** The result of a route; `failure` is null if an offering answered completely. */
export interface ChatRouteResult {
  /** The last offering tried; if none could be, the one that `failure` is about. */
  offering: PlannedOffering;
  failure: ProviderFailure | null;
  delivered: DeliveredText;
  /** As the provider reported it, also if the stream broke afterwards. */
  usage: ChatUsage | null;
  attempts: Attempt[];
  /** The attempt that `delivered` comes from; null if no call was made. */
  last: Attempt | null;
  choice: RouteChoice;
}

interface Forwarding {
  signal: AbortSignal;
  /** @param from the one offering that the whole answer comes from */
  onChunk(chunk: ChatChunk, from: PlannedOffering): void;
}

/**
 * Iterates the candidates of a plan until one answers. Failover happens only before the first chunk was forwarded, and
 * only after failures that are not a verdict on the request.
 */
export async function runChatRoute(
  { requestContext, plan, body, deadline }: ChatJob,
  { signal, onChunk, ...ports }: ChatRoutePorts & Forwarding,
): Promise<ChatRouteResult> {
  const runner = new RouteRunner({ requestContext, plan, deadline, signal }, ports);
  const { attempts } = runner;
  let result: Omit<ChatRouteResult, 'choice'> | null = null;
  try {
    for (let call = await runner.next(); call !== null; call = await runner.next()) {
      const first = await hedgedCall(call, runner, { body, signal, hedgeAfterMs: ports.hedgeAfterMs });
      const delivered = new DeliveredText();
      const { failure, usage } = await forward(first, delivered, { signal, onChunk });
      const last = runner.recordAttempt(first.call, failure, first.latencyMs);
      const { offering } = first.call;
      result = { offering, failure, delivered, usage: usage ?? delivered.usage, attempts, last };
      if (failure === null || delivered.started || signal.aborted) break;
    }
  } finally {
    runner.release();
  }
  const choice = runner.choice();
  if (result !== null) return { ...result, choice };
  return { ...runner.whyNothing(), delivered: new DeliveredText(), usage: null, attempts, last: null, choice };
}

async function forward(
  { event: first, rest, call }: FirstEvent,
  delivered: DeliveredText,
  { onChunk, signal }: Forwarding,
): Promise<{ failure: ProviderFailure | null; usage: ChatUsage | null }> {
  try {
    for (let event: ChatEvent | undefined = first; event !== undefined; event = await nextOf(rest)) {
      if (event.type === 'end') return { failure: null, usage: event.usage };
      if (event.type === 'failure') return { failure: event.failure, usage: event.usage ?? null };
      // Chunks after an abort are neither delivered nor charged.
      if (signal.aborted) return { failure: ownFailure('cancelled', 'The request was cancelled'), usage: null };
      delivered.add(event.chunk);
      onChunk(event.chunk, call.offering);
    }
    return { failure: ownFailure('transient', 'The stream closed before the end of the answer'), usage: null };
  } finally {
    // Without it the call would keep its socket until its time limit.
    await rest.return?.();
  }
}

async function nextOf(events: AsyncIterator<ChatEvent>): Promise<ChatEvent | undefined> {
  const { done, value } = await events.next();
  return done ? undefined : value;
}

/** The part of a chat that was forwarded; its charge is counted from it if the provider reports no usage. */
export class DeliveredText {
  #pieces: string[] = [];
  #usage: ChatUsage | null = null;
  #chunks = 0;

  add(chunk: ChatChunk): void {
    this.#chunks += 1;
    if (chunk.usage) this.#usage = chunk.usage;
    for (const { delta } of chunk.choices) {
      if (delta.content) this.#pieces.push(delta.content);
      // Reasoning is output too; providers use one of two names for it.
      const reasoning = delta['reasoning'] ?? delta['reasoning_content'];
      if (typeof reasoning === 'string') this.#pieces.push(reasoning);
      for (const call of delta.tool_calls ?? []) this.#pieces.push(...textsOf(call.function));
      if (delta['function_call']) this.#pieces.push(...textsOf(delta['function_call']));
    }
  }

  /** Whether any chunk was forwarded, even one with only the role: failover is no longer possible. */
  get started(): boolean {
    return this.#chunks > 0;
  }

  /** Usage that came with a chunk, null if none did. */
  get usage(): ChatUsage | null {
    return this.#usage;
  }

  text(): string {
    return this.#pieces.join('');
  }
}

/** The texts of a call: its name and its arguments. */
function textsOf(call: unknown): string[] {
  return typeof call !== 'object' || call === null
    ? []
    : Object.values(call).filter((value) => typeof value === 'string');
}
