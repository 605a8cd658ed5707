import type { ChatChunk, ChatUsage } from '@lumenfall/contracts';

/** What of a chat has reached the client so far: the basis of its charge where the provider reports no usage. */
export class DeliveredText {
  #pieces: string[] = [];
  #usage: ChatUsage | null = null;
  #chunks = 0;

  add(chunk: ChatChunk): void {
    this.#chunks += 1;
    if (chunk.usage) this.#usage = chunk.usage;
    for (const { delta } of chunk.choices) {
      if (delta.content) this.#pieces.push(delta.content);
      // Thinking is output too, under one of two names.
      const thought = delta['reasoning'] ?? delta['reasoning_content'];
      if (typeof thought === 'string') this.#pieces.push(thought);
      for (const call of delta.tool_calls ?? [])
        this.#pieces.push(call.function?.name ?? '', call.function?.arguments ?? '');
    }
  }

  /** Whether anything left for the client, be it only the role: from then on no other provider may take over. */
  get started(): boolean {
    return this.#chunks > 0;
  }

  /** Usage that came with a chunk, null where none did. */
  get usage(): ChatUsage | null {
    return this.#usage;
  }

  text(): string {
    return this.#pieces.join('');
  }
}
