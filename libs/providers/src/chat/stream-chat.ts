import type { ChatBody } from '@lumenfall/contracts';
import { codeOf, failureOfBrokenCall, httpOf, readAnswer, secretsOf, type Dialect } from '../http/index.js';
import type { CallContext, ChatEvent, ChatProvider, Outcome, ReportedDimension } from '../spec/index.js';
import type { ChunkDefaults } from './answer-gate.js';
import { AnswerStream, type AnswerReader } from './answer-stream.js';
import { withContextLength } from './context-length.js';
import { asFunctionCalls, usesFunctions } from './function-calls.js';
import { inParallel } from './several-answers.js';

/** What one chat protocol adds to what all have in common: the request, and a reader for the answer. */
export interface ChatProtocol {
  dialect: Dialect;
  /** The dimensions of usage that the reader can report. */
  reports: readonly ReportedDimension[];
  /** A failed outcome means that the protocol cannot carry this request, or that a file of it could not be fetched. */
  request(body: ChatBody, context: CallContext): Outcome<ChatCall> | Promise<Outcome<ChatCall>>;
  reader(defaults: ChunkDefaults): AnswerReader;
  /**
   * Recognises the data of the last event of a stream, after which the socket can be used again; `[DONE]` by default.
   */
  isEnd?(data: string): boolean;
  /**
   * For protocols that stream one choice a call: `n` choices are made by as many calls, up to this number. Absent if
   * the provider takes `n`.
   */
  maxParallelChoices?: number;
  /**
   * For protocols without `functions` and `function_call`: they are sent as tools, and calls come back in the old form.
   */
  translatesFunctions?: boolean;
}

export interface ChatCall {
  /** The path, relative to the base URL. */
  target: string;
  body: Record<string, unknown>;
}

/** Builds a chat provider from its protocol. */
export function streamedChat(protocol: ChatProtocol): ChatProvider {
  const { maxParallelChoices, reports } = protocol;
  const dialect = { ...protocol.dialect, readRefusal: withContextLength(protocol.dialect.readRefusal) };
  const http = httpOf(dialect);

  async function* streamOnce(body: ChatBody, context: CallContext): AsyncGenerator<ChatEvent, void, void> {
    const { limits, signal, endpoint } = context;
    const request = await protocol.request(body, context);
    const opened = request.ok
      ? await http(context).open({ method: 'POST', ...request.value, limits }, signal)
      : request;
    if (!opened.ok) {
      yield { type: 'failure', failure: opened.error };
      return;
    }
    const answer = opened.value;
    const reader = protocol.reader(defaultsOf(context));
    const stream = new AnswerStream(reader, body.n ?? 1, dialect.readRefusal, secretsOf(endpoint));
    try {
      for await (const received of readAnswer(answer.body, answer.clock, protocol.isEnd)) {
        if (typeof received === 'string') yield* stream.takeWhole(received);
        else {
          for (const one of received) {
            for (const event of stream.take(one)) yield event;
            if (stream.over) return;
          }
        }
      }
      yield* stream.close(null);
    } catch (error) {
      const { abortedBy } = answer.clock;
      const broke = failureOfBrokenCall({ abortedBy, code: codeOf(error), sent: true, unrepeatable: false });
      yield* stream.close(
        broke.kind === 'transient' ? { ...broke, message: 'stream broke: the connection was cut' } : broke,
      );
    } finally {
      answer.clock.close();
    }
  }

  const streamAll = maxParallelChoices === undefined ? streamOnce : inParallel(streamOnce, maxParallelChoices);
  const streamChat = (body: ChatBody, context: CallContext): AsyncIterable<ChatEvent> =>
    protocol.translatesFunctions && usesFunctions(body)
      ? asFunctionCalls(streamAll(body, context))
      : streamAll(body, context);
  return { reports, streamChat };
}

const defaultsOf = ({ requestId, model }: CallContext): ChunkDefaults => ({
  id: `chatcmpl-${requestId.replace(/^req_/, '')}`,
  created: Math.floor(Date.now() / 1000),
  model,
});
