import {
  apiError,
  errorEnvelope,
  fail,
  succeed,
  type ApiError,
  type ReplyPart,
  type Result,
} from '@lumenfall/contracts';
import type { AnswerEvent, AwaitedAnswer } from '../answers/awaited-answer.js';
import { publicChunk, usageChunk, type ChatIdentity } from './chat-events.js';
import { DONE, type EventStream } from './event-stream.js';
import type { ChatFailure } from './fold-chunks.js';

export interface StreamOptions {
  identity: ChatIdentity;
  /** Whether the client asked for usage. */
  withUsage: boolean;
  /** Called with the provider of the first part, before the headers are sent. */
  onProvider?(provider: string): void;
}

/**
 * Sends the parts as events as they arrive. A failure before the first of them is returned, for an HTTP error response;
 * a later one is sent as an event, and the stream ends without `[DONE]`.
 */
export async function streamChat(
  answer: Pick<AwaitedAnswer, 'next'>,
  stream: Pick<EventStream, 'opened' | 'open' | 'send' | 'comment' | 'end'>,
  options: StreamOptions,
): Promise<Result<void, ChatFailure>> {
  let began = false;
  for (;;) {
    const event = await answer.next();
    if (event.type === 'cancelled') return succeed(undefined);
    if (event.type === 'silence') {
      stream.open({});
      await stream.comment();
      continue;
    }
    const { events, outcome, provider } = translate(event, options, began);
    if (outcome?.type === 'failed' && !stream.opened && events.length === 0) return fail(outcome.failure);
    if (!stream.opened && provider !== null) options.onProvider?.(provider);
    if (events.length > 0 || outcome !== null) stream.open({});
    began ||= events.length > 0;
    await stream.send(events);
    if (outcome === null) continue;
    if (outcome.type === 'failed') {
      await stream.send([errorEnvelope(outcome.failure.error)]);
      stream.end();
    } else {
      await stream.send(outcome.last);
      stream.end(DONE);
    }
    return succeed(undefined);
  }
}

type Outcome = { type: 'done'; last: unknown[] } | { type: 'failed'; failure: ChatFailure };

interface Translation {
  events: unknown[];
  outcome: Outcome | null;
  provider: string | null;
}

function translate(
  event: Extract<AnswerEvent, { type: 'parts' | 'lost' }>,
  options: StreamOptions,
  began: boolean,
): Translation {
  const provider = null;
  if (event.type === 'lost') return { events: [], outcome: failed(event.error, null), provider };
  // The client has received parts of an earlier run; those of the newer run would not continue them.
  if (event.restarted && began) return { events: [], outcome: failed(interrupted(), null), provider };
  const translation: Translation = { events: [], outcome: null, provider };
  for (const part of event.parts) {
    translation.outcome = outcomeOf(part, options);
    if (translation.outcome !== null) break;
    if (part.type !== 'chunk') continue;
    translation.provider ??= part.provider ?? null;
    const chunk = publicChunk(part.chunk, options.identity, options.withUsage);
    if (chunk !== null) translation.events.push(chunk);
  }
  return translation;
}

function outcomeOf(part: ReplyPart, { identity, withUsage }: StreamOptions): Outcome | null {
  if (part.type === 'error') return failed(part.error, part.executedModel);
  if (part.type !== 'chat-end') return null;
  return { type: 'done', last: withUsage ? [usageChunk(identity, part.usage, part.metadata)] : [] };
}

function failed(error: ApiError, executedModel: string | null): Outcome {
  return { type: 'failed', failure: { error, executedModel } };
}

function interrupted(): ApiError {
  return apiError('INTERNAL_ERROR', 'The stream was interrupted by an internal error. Send the request again');
}
