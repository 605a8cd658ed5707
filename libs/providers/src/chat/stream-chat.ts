import type { ChatBody } from '@lumenfall/contracts';
import {
  codeOf,
  type Dialect,
  failure,
  failureOfBrokenCall,
  httpOf,
  type OpenAnswer,
  parseJson,
  readEvents,
  readText,
  secretsOf,
} from '../http/index.js';
import type { CallContext, ChatEvent, ChatProvider, Outcome, ProviderFailure } from '../spec/index.js';
import type { ChunkDefaults } from './answer-gate.js';

const MAX_COMPLETION_BYTES = 64 * 1024 * 1024;

/** What a chat protocol adds to the one way in which all are spoken: a request, and a reader of its answer. */
export interface ChatProtocol {
  dialect: Dialect;
  /** A failed outcome is a request that this protocol cannot carry, or a file of it that could not be had. */
  request(body: ChatBody, context: CallContext): Outcome<ChatCall> | Promise<Outcome<ChatCall>>;
  read(body: ChatBody, answer: AnswerFacts): ChatReader;
  /** True for the data of the event after which nothing comes: the socket can then be used again. */
  isEnd?(data: string): boolean;
}

export interface ChatCall {
  /** Behind the base URL. */
  target: string;
  body: Record<string, unknown>;
}

export interface AnswerFacts {
  defaults: ChunkDefaults;
  /** Texts that no message may hold. */
  secrets: readonly string[];
}

/** Turns one answer, piece by piece, into chat events. Pure: it knows no sockets, only text and its end. */
export interface ChatReader {
  /** True once an `end` or a `failure` was said: nothing may follow. */
  readonly over: boolean;
  /** The data of one server-sent event. */
  take(data: string): ChatEvent[];
  /** An answer in one piece, from a server that ignores the wish to stream; undefined where it is no JSON. */
  takeWhole(value: unknown): ChatEvent[];
  /** The provider closed the connection, or it broke: `broke` says how. */
  close(broke: ProviderFailure | null): ChatEvent[];
}

/** A chat provider out of its protocol. */
export function streamedChat(protocol: ChatProtocol): ChatProvider {
  const http = httpOf(protocol.dialect);

  async function* streamChat(body: ChatBody, context: CallContext): AsyncGenerator<ChatEvent, void, void> {
    const { limits, signal } = context;
    const request = await protocol.request(body, context);
    const opened = request.ok
      ? await http(context).open({ method: 'POST', ...request.value, limits }, signal)
      : request;
    if (!opened.ok) {
      yield { type: 'failure', failure: opened.failure };
      return;
    }
    const answer = opened.value;
    const reader = protocol.read(body, { defaults: defaultsOf(context), secrets: secretsOf(context.endpoint) });
    try {
      if (isJson(answer)) {
        yield* await readWhole(answer, reader);
        return;
      }
      for await (const batch of readEvents(answer.body, answer.clock, protocol.isEnd)) {
        for (const data of batch) {
          for (const event of reader.take(data)) yield event;
          if (reader.over) return;
        }
      }
      yield* reader.close(null);
    } catch (error) {
      const { abortedBy } = answer.clock;
      const broke = failureOfBrokenCall({ abortedBy, code: codeOf(error), sent: true, unrepeatable: false });
      yield* reader.close(
        broke.kind === 'transient' ? { ...broke, message: 'stream broke: the connection was cut' } : broke,
      );
    } finally {
      answer.clock.close();
    }
  }

  return { streamChat };
}

const defaultsOf = ({ requestId, model }: CallContext): ChunkDefaults => ({
  id: `chatcmpl-${requestId.replace(/^req_/, '')}`,
  created: Math.floor(Date.now() / 1000),
  model,
});

const isJson = (answer: OpenAnswer): boolean => answer.headers['content-type']?.startsWith('application/json') === true;

async function readWhole({ body, clock }: OpenAnswer, reader: ChatReader): Promise<ChatEvent[]> {
  const text = await readText(body, clock, MAX_COMPLETION_BYTES);
  return reader.takeWhole(text === null ? undefined : parseJson(text));
}

/** What cannot be read is the provider's failure, and another one may do better. */
export const unreadable = (what: 'chunk' | 'answer'): ProviderFailure =>
  failure('transient', `The provider sent ${what === 'chunk' ? 'a chunk' : 'an answer'} that cannot be read`);
