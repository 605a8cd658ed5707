import type { AnswerMetadata, ChatBody, ChatChunk, ChatUsage } from '@lumenfall/contracts';

/** Fields of every chunk and of the whole answer. They are the gateway's, never the provider's. */
export interface ChatIdentity {
  id: string;
  /** Unix seconds. */
  created: number;
  /** As in the request. */
  model: string;
}

/** Texts only: OpenAI's SDKs type `metadata` as a map of texts. `cost` is a decimal number in USD. */
export type ChatMetadata = Record<Exclude<keyof AnswerMetadata, 'attempts'>, string>;

export type ChatAttempts = Pick<AnswerMetadata, 'attempts'>;

/** The body of `POST /chat/completions` without `stream`. The provider's unknown fields are kept. */
export interface ChatAnswer extends ChatIdentity {
  object: 'chat.completion';
  choices: ChatAnswerChoice[];
  usage: ChatUsage;
  metadata: ChatMetadata;
  lumenfall: ChatAttempts;
  [unknownField: string]: unknown;
}

export interface ChatAnswerChoice {
  index: number;
  message: Record<string, unknown> & { role: string; content: string | null };
  logprobs: Record<string, unknown> | null;
  finish_reason: string | null;
  [unknownField: string]: unknown;
}

/**
 * A chunk as the client gets it: with the gateway's id, time and model, and with usage only if the client asked for it
 * (`null` until the last chunk). Null for a chunk without choices, such as a provider's own usage chunk.
 */
export function publicChunk(
  chunk: ChatChunk,
  identity: ChatIdentity,
  withUsage: boolean,
): Record<string, unknown> | null {
  if (chunk.choices.length === 0) return null;
  const { usage: _usage, ...rest } = chunk;
  return { ...rest, ...identity, ...(withUsage && { usage: null }) };
}

/** True for OpenAI's `stream_options.include_usage` and OpenRouter's `usage.include`. */
export function asksForUsage(body: ChatBody): boolean {
  const { stream_options: options, usage } = body;
  if (options?.include_usage === true) return true;
  return typeof usage === 'object' && usage !== null && 'include' in usage && usage.include === true;
}

/** The last chunk of a stream, if the client asked for usage. */
export function usageChunk(
  identity: ChatIdentity,
  usage: ChatUsage,
  metadata: AnswerMetadata,
): Record<string, unknown> {
  return { ...identity, object: 'chat.completion.chunk', choices: [], usage, ...chatMetadata(metadata) };
}

/** The public metadata of a chat answer, from that of its last part. */
export function chatMetadata({ attempts, cost, ...texts }: AnswerMetadata): {
  metadata: ChatMetadata;
  lumenfall: ChatAttempts;
} {
  return { metadata: { ...texts, cost: decimalOf(cost) }, lumenfall: { attempts } };
}

/** Micros are the smallest unit. Never in exponent form. */
const decimalOf = (usd: number): string => usd.toFixed(6).replace(/\.?0+$/, '');
