import { cannedPieces } from '../tokens/canned-text.js';
import type { Piece } from '../tokens/piece.js';

const LENGTH = 12;

/** What the sandbox thinks where it is asked to: exactly 12 tokens, of another text than it will most likely say. */
export const thoughtsOn = (prompt: string): Piece[] =>
  cannedPieces(`thinking about ${prompt}`, { images: 0, sounds: 0, files: 0 }, LENGTH);
