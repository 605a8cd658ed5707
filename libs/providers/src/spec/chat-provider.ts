import type { ChatBody, ChatChunk, ChatUsage } from '@lumenfall/contracts';
import type { CallContext } from './call-context.js';
import type { ProviderFailure } from './failure.js';

/**
 * What a chat provider says, in order: any number of chunks, then one `end` or one `failure`. A failure after a chunk
 * means the stream broke: a clean end needs the provider's own end marker.
 */
export type ChatEvent =
  /** Never with `usage`: that travels once, with the end. The first chunks come when there is content to show. */
  | { type: 'chunk'; chunk: ChatChunk }
  /** `usage` is null where the provider reported none. */
  | { type: 'end'; usage: ChatUsage | null }
  /** `usage` only of a stream that broke, where the provider had counted on the way. */
  | { type: 'failure'; failure: ProviderFailure; usage?: ChatUsage };

export interface ChatProvider {
  /** Always streams; always asks for usage. Never throws for what a provider or a network can do. */
  streamChat(body: ChatBody, context: CallContext): AsyncIterable<ChatEvent>;
}
