import type { ChatBody } from '@lumenfall/contracts';
import { AnswerGate } from '../chat/answer-gate.js';
import type { ChunkChoice, ChunkDefaults, ReadChunk } from '../chat/read-chunk.js';
import { unreadable, type AnswerFacts, type ChatReader } from '../chat/stream-chat.js';
import { failure, failureOfAnswer, parseJson } from '../http/index.js';
import { readLateError } from '../openai-compatible/errors.js';
import { countOf, isRecord, textOf } from '../openai-compatible/unknown-fields.js';
import type { ChatEvent, ProviderFailure } from '../spec/index.js';
import { CandidateReader } from './candidate.js';
import { geminiChatUsage } from './chat-usage.js';
import { readGeminiRefusal } from './errors.js';
import { judgeFinish } from './finish-reason.js';

/** Turns the chunks of `:streamGenerateContent` into chat events. */
export class GeminiStream implements ChatReader {
  readonly #gate: AnswerGate;
  readonly #candidates = new Map<number, CandidateReader>();
  #head: ChunkDefaults;

  constructor(
    body: Pick<ChatBody, 'n'>,
    private readonly facts: AnswerFacts,
  ) {
    this.#gate = new AnswerGate(body.n ?? 1);
    this.#head = facts.defaults;
  }

  get over(): boolean {
    return this.#gate.over;
  }

  take(data: string): ChatEvent[] {
    return this.#takeChunk(parseJson(data), 'chunk');
  }

  /** Without `alt=sse` the chunks come as one array, and from `:generateContent` as one chunk. */
  takeWhole(value: unknown): ChatEvent[] {
    const chunks: unknown[] = Array.isArray(value) ? value : [value];
    return [...chunks.flatMap((chunk) => this.#takeChunk(chunk, 'answer')), ...this.close(null)];
  }

  close(broke: ProviderFailure | null): ChatEvent[] {
    return this.#gate.close(broke, true);
  }

  #takeChunk(value: unknown, what: 'chunk' | 'answer'): ChatEvent[] {
    const late = readLateError(value);
    if (late !== null) {
      const answer = { status: late.status ?? 200, headers: {}, body: late.body };
      return this.#gate.fail({
        ...failureOfAnswer(answer, readGeminiRefusal, this.facts.secrets),
        status: late.status,
      });
    }
    if (!isRecord(value)) return this.#gate.fail(unreadable(what));
    const { candidates, promptFeedback, usageMetadata, responseId, modelVersion } = value;
    const { id, created, model } = this.#head;
    this.#head = { id: textOf(responseId) ?? id, created, model: textOf(modelVersion) ?? model };
    const blocked = isRecord(promptFeedback) ? textOf(promptFeedback['blockReason']) : null;
    if (blocked !== null) {
      return this.#gate.fail(failure('moderation', `The provider blocked the prompt (${blocked})`));
    }
    return this.#takeCandidates(Array.isArray(candidates) ? candidates : [], usageMetadata);
  }

  #takeCandidates(candidates: readonly unknown[], usageMetadata: unknown): ChatEvent[] {
    const read: ReadChunk = { chunk: null, usage: geminiChatUsage(usageMetadata), hasContent: false, finished: [] };
    const choices: ChunkChoice[] = [];
    for (const [position, candidate] of candidates.entries()) {
      if (!isRecord(candidate)) continue;
      const index = countOf(candidate['index']) ?? position;
      const reader = this.#readerOf(index);
      const { delta, hasContent } = reader.read(candidate['content']);
      read.hasContent ||= hasContent;
      const finish = judgeFinish(textOf(candidate['finishReason']), reader.hasCalled);
      if (finish.failure !== null) return this.#gate.fail(finish.failure);
      if (finish.reason !== null) read.finished.push({ index, reason: finish.reason });
      if (Object.keys(delta).length > 0 || finish.reason !== null) {
        choices.push({ index, delta, finish_reason: finish.reason });
      }
    }
    if (choices.length > 0) read.chunk = { ...this.#head, object: 'chat.completion.chunk', choices };
    return this.#gate.take(read);
  }

  #readerOf(index: number): CandidateReader {
    let reader = this.#candidates.get(index);
    if (reader === undefined) {
      reader = new CandidateReader(`${this.facts.defaults.id.replace(/^chatcmpl-/, '')}_${index}`);
      this.#candidates.set(index, reader);
    }
    return reader;
  }
}
