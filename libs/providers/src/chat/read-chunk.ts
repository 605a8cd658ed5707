import type { ChatChunk, ChatUsage } from '@lumenfall/contracts';

export type ChunkChoice = ChatChunk['choices'][number];
export type Delta = ChunkChoice['delta'];

/** What is used where a provider leaves a field out that every chunk must have. */
export interface ChunkDefaults {
  id: string;
  created: number;
  model: string;
}

/** One piece of an answer, in our form, before it is decided whether and when it may leave. */
export interface ReadChunk {
  /** Without `usage`: that travels once, with the end. Null where the piece had nothing else. */
  chunk: ChatChunk | null;
  usage: ChatUsage | null;
  /** Something a client can show or act on: text, reasoning, a tool call, audio; anything but a bare role. */
  hasContent: boolean;
  /** `finish_reason` of each choice that ended in it. */
  finished: { index: number; reason: string }[];
}
