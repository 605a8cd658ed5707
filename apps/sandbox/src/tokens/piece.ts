/** A bit of an answer as it goes into one chunk of a stream. */
export interface Piece {
  text: string;
  /** The text as JSON, ready to be put into a chunk. */
  json: string;
  tokens: number;
}

export const piece = (text: string, tokens: number): Piece => ({ text, json: JSON.stringify(text), tokens });

export const textOf = (pieces: readonly Piece[]): string => pieces.map(({ text }) => text).join('');

export const tokensOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { tokens }) => sum + tokens, 0);
