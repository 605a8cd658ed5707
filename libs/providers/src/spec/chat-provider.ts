import type { ChatBody, ChatChunk, ChatUsage } from '@lumenfall/contracts';
import type { CallContext } from './call-context.js';
import type { ProviderFailure } from './failure.js';
import type { ReportedDimension } from './reported-usage.js';

/**
 * The events of an answer, in order: any number of chunks, then one `end` or one `failure`. A failure after a chunk
 * means that the stream broke: an answer is whole if each of its choices has a finish reason.
 */
export type ChatEvent =
  /** Without `usage`, which travels once, with the end. The first chunk leaves when there is content to show. */
  | { type: 'chunk'; chunk: ChatChunk }
  /** `usage` is null if the provider reported none. */
  | { type: 'end'; usage: ChatUsage | null }
  /** `usage` only if the stream broke after a chunk, and the provider had reported it before. */
  | { type: 'failure'; failure: ProviderFailure; usage?: ChatUsage };

export interface ChatProvider {
  /** The dimensions of `usage`. */
  readonly reports: readonly ReportedDimension[];
  /** True if every answer names what the call cost: its offerings need no price. */
  readonly reportsCost?: true;
  /** Always streams, and always asks for usage. Does not throw for errors of the provider or the network. */
  streamChat(body: ChatBody, context: CallContext): AsyncIterable<ChatEvent>;
}
