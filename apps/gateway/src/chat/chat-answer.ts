import type { AnswerMetadata, ChatUsage } from '@lumenfall/contracts';

/** What every chunk and the whole answer have in common; ours, whatever the provider called them. */
export interface ChatIdentity {
  id: string;
  /** Unix seconds. */
  created: number;
  /** As asked for. */
  model: string;
}

/** `POST /chat/completions`, 200, not streamed. Fields of the provider that we do not know stay. */
export interface ChatAnswer extends ChatIdentity {
  object: 'chat.completion';
  choices: ChatAnswerChoice[];
  usage: ChatUsage;
  metadata: AnswerMetadata;
  [unknownField: string]: unknown;
}

export interface ChatAnswerChoice {
  index: number;
  message: Record<string, unknown> & { role: string; content: string | null };
  logprobs: Record<string, unknown> | null;
  finish_reason: string | null;
  [unknownField: string]: unknown;
}
