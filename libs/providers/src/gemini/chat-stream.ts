import type { ChunkChoice, ChunkDefaults, ReadChunk } from '../chat/answer-gate.js';
import { NOTHING, type AnswerReader, type Reading } from '../chat/answer-stream.js';
import { finishOf, type FinishReason } from '../chat/finish-reasons.js';
import { failure } from '../http/index.js';
import { countOf, isRecord, textOf } from '../json/fields.js';
import type { ProviderFailure } from '../spec/index.js';
import { CandidateReader } from './chat-answer.js';
import { geminiChatUsage } from './chat-usage.js';

/** Reads answers of `:streamGenerateContent`. */
export class GeminiReader implements AnswerReader {
  readonly #candidates = new Map<number, CandidateReader>();
  #head: ChunkDefaults;

  constructor(private readonly defaults: ChunkDefaults) {
    this.#head = defaults;
  }

  read(value: Record<string, unknown>): Reading {
    const { candidates, promptFeedback, usageMetadata, responseId, modelVersion } = value;
    const { id, created, model } = this.#head;
    this.#head = { id: textOf(responseId) ?? id, created, model: textOf(modelVersion) ?? model };
    const blocked = isRecord(promptFeedback) ? textOf(promptFeedback['blockReason']) : null;
    if (blocked !== null && blocked !== 'BLOCK_REASON_UNSPECIFIED') {
      return { type: 'failure', failure: failure('moderation', `The provider blocked the prompt (${blocked})`) };
    }
    if (!Array.isArray(candidates) && usageMetadata === undefined) return NOTHING;
    return this.#candidatesOf(Array.isArray(candidates) ? candidates : [], usageMetadata);
  }

  /** `:generateContent` answers with one chunk. */
  readWhole(value: Record<string, unknown>): Reading {
    const reading = this.read(value);
    return reading === NOTHING ? { type: 'unreadable' } : reading;
  }

  #candidatesOf(candidates: readonly unknown[], usageMetadata: unknown): Reading {
    const read: ReadChunk = { chunk: null, usage: geminiChatUsage(usageMetadata), hasContent: false, finished: [] };
    const choices: ChunkChoice[] = [];
    for (const [position, candidate] of candidates.entries()) {
      if (!isRecord(candidate)) continue;
      const index = countOf(candidate['index']) ?? position;
      const reader = this.#readerOf(index);
      const { delta, hasContent } = reader.read(candidate['content']);
      read.hasContent ||= hasContent;
      const finish = readFinish(textOf(candidate['finishReason']), reader.hasCalled);
      if (finish.failure !== null) return { type: 'failure', failure: finish.failure };
      if (finish.reason !== null) read.finished.push({ index, reason: finish.reason });
      if (Object.keys(delta).length > 0 || finish.reason !== null) {
        choices.push({ index, delta, finish_reason: finish.reason });
      }
    }
    if (choices.length > 0) read.chunk = { ...this.#head, object: 'chat.completion.chunk', choices };
    return { type: 'chunks', chunks: [read] };
  }

  #readerOf(index: number): CandidateReader {
    let reader = this.#candidates.get(index);
    if (reader === undefined) {
      reader = new CandidateReader(`${this.defaults.id.replace(/^chatcmpl-/, '')}_${index}`);
      this.#candidates.set(index, reader);
    }
    return reader;
  }
}

interface CandidateFinish {
  /** Null while the candidate goes on. */
  reason: FinishReason | null;
  failure: ProviderFailure | null;
}

function readFinish(word: string | null, hasCalled: boolean): CandidateFinish {
  if (word === null || word === 'FINISH_REASON_UNSPECIFIED') return { reason: null, failure: null };
  if (word === 'MISSING_THOUGHT_SIGNATURE') {
    const message = 'messages: a tool call has lost its reasoning_details; send them back with the assistant message';
    return { reason: null, failure: failure('client', message, { param: 'messages' }) };
  }
  const reason = finishOf(word, hasCalled);
  // A malformed call or answer: the same request may well succeed.
  if (reason === 'error' || word === 'OTHER' || word === 'IMAGE_OTHER') {
    return { reason: null, failure: failure('transient', `The provider broke off its answer (${word})`) };
  }
  // Gemini ends with STOP after tool calls as well.
  return { reason: reason === 'stop' && hasCalled ? 'tool_calls' : reason, failure: null };
}
