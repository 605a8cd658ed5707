import type { ChatBody } from '@lumenfall/contracts';
import { AnswerGate, type ChunkChoice, type ChunkDefaults, type ReadChunk } from '../chat/answer-gate.js';
import { type AnswerFacts, type ChatReader, unreadable } from '../chat/stream-chat.js';
import { failure, failureOfAnswer, parseJson } from '../http/index.js';
import { countOf, isRecord, textOf } from '../json/fields.js';
import { readLateError } from '../openai-compatible/errors.js';
import type { ChatEvent, ProviderFailure } from '../spec/index.js';
import { CandidateReader } from './chat-answer.js';
import { geminiChatUsage } from './chat-usage.js';
import { readGeminiRefusal } from './errors.js';

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

const MODERATED = new Set([
  'SAFETY',
  'RECITATION',
  'LANGUAGE',
  'PROHIBITED_CONTENT',
  'BLOCKLIST',
  'SPII',
  'MODEL_ARMOR',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
]);

/** What the model said could not be read, or was no answer: the same request may well go right. */
const MISSPOKEN = new Set([
  'MALFORMED_FUNCTION_CALL',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'MALFORMED_RESPONSE',
  'OTHER',
  'IMAGE_OTHER',
]);

export interface Finish {
  /** OpenAI's word; null while the answer goes on. */
  reason: 'stop' | 'length' | 'tool_calls' | 'content_filter' | null;
  failure: ProviderFailure | null;
}

/** A candidate's `finishReason`; null while there is none. */
export function judgeFinish(finishReason: string | null, hasCalled: boolean): Finish {
  if (finishReason === null || finishReason === 'FINISH_REASON_UNSPECIFIED') return { reason: null, failure: null };
  if (finishReason === 'MAX_TOKENS') return { reason: 'length', failure: null };
  if (MODERATED.has(finishReason)) return { reason: 'content_filter', failure: null };
  if (MISSPOKEN.has(finishReason)) {
    return { reason: null, failure: failure('transient', `The provider broke off its answer (${finishReason})`) };
  }
  if (finishReason === 'MISSING_THOUGHT_SIGNATURE') {
    return { reason: null, failure: failure('client', 'messages: a tool call has lost its reasoning_details') };
  }
  return { reason: hasCalled ? 'tool_calls' : 'stop', failure: null };
}
