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
import type { ChatIdentity } from './chat-answer.js';
import { publicChunk, usageChunk } from './chat-events.js';
import { DONE, type EventStream } from './event-stream.js';
import type { ChatFailure } from './whole-chat.js';

export interface StreamOptions {
  identity: ChatIdentity;
  /** Whether the client asked for it. */
  withUsage: boolean;
  /** Told who speaks while the headers can still say so. */
  onProvider?(provider: string): void;
}

/**
 * Passes the parts on as they come. A failure before the first of them is returned, for an ordinary HTTP error; after it, it is one
 * event, and the stream ends without `[DONE]`.
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
    const { events, end, provider } = translate(event, options, began);
    if (end?.type === 'failed' && !stream.opened && events.length === 0) return fail(end.failure);
    if (!stream.opened && provider !== null) options.onProvider?.(provider);
    if (events.length > 0 || end !== null) stream.open({});
    began ||= events.length > 0;
    await stream.send(events);
    if (end === null) continue;
    if (end.type === 'failed') {
      await stream.send([errorEnvelope(end.failure.error)]);
      stream.end();
    } else {
      await stream.send(end.last);
      stream.end(DONE);
    }
    return succeed(undefined);
  }
}

type End = { type: 'done'; last: unknown[] } | { type: 'failed'; failure: ChatFailure };

interface Translation {
  events: unknown[];
  end: End | null;
  provider: string | null;
}

function translate(
  event: Extract<AnswerEvent, { type: 'parts' | 'lost' }>,
  options: StreamOptions,
  began: boolean,
): Translation {
  const provider = null;
  if (event.type === 'lost') return { events: [], end: failed(event.error, null), provider };
  // The client has read the beginning of an answer that its worker took to the grave; another beginning would not fit.
  if (event.restarted && began) return { events: [], end: failed(interrupted(), null), provider };
  const translation: Translation = { events: [], end: null, provider };
  for (const part of event.parts) {
    translation.end = endOf(part, options);
    if (translation.end !== null) break;
    if (part.type !== 'chunk') continue;
    translation.provider ??= part.provider ?? null;
    const chunk = publicChunk(part.chunk, options.identity, options.withUsage);
    if (chunk !== null) translation.events.push(chunk);
  }
  return translation;
}

function endOf(part: ReplyPart, { identity, withUsage }: StreamOptions): End | null {
  if (part.type === 'error') return failed(part.error, part.executedModel);
  if (part.type !== 'chat-end') return null;
  return { type: 'done', last: withUsage ? [usageChunk(identity, part.usage, part.metadata)] : [] };
}

function failed(error: ApiError, executedModel: string | null): End {
  return { type: 'failed', failure: { error, executedModel } };
}

function interrupted(): ApiError {
  return apiError('INTERNAL_ERROR', 'The stream was interrupted on our side. Please send the request again');
}
