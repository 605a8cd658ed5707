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

/**
 * What the sandbox answers by default. Every word (with the space before it) and every punctuation mark is exactly one
 * o200k_base token, which the spec beside this file proves: any beginning of it has a known number of tokens, so
 * nothing is counted while answering.
 */
const PARAGRAPHS = [
  'This is the sandbox answering in place of a real model, so you can try the whole way of a request without paying for it. Nothing here was thought about for long.',
  'The sandbox stands in for the model you asked for, and it gives you a small answer with a true count of its words. Your question was read, counted and then set aside.',
  'Here is an answer from the sandbox, which speaks like the real service does but never leaves this machine while it is doing so. Set a key and a real model will take over.',
  'No model has been asked, because this is the sandbox, and all it does is to write plain words at the speed you want. It will say the same again tomorrow.',
  'You are talking to the sandbox, a small service that plays the part of a large one, so that tests can be quick and cheap. It can also fail on demand.',
  'A quiet reply from the sandbox: the request went all the way through and came back, with each step in its place and every part counted. That is all it set out to show.',
] as const;

const WORDS = / ?[A-Za-z]+|[.,:]/g;

interface Paragraph {
  pieces: Piece[];
  /** Tokens of its first sentence. */
  opening: number;
}

const splitWords = (text: string): Piece[] => (text.match(WORDS) ?? []).map((word) => piece(word, 1));

const PREPARED: Paragraph[] = PARAGRAPHS.map((text) => {
  const pieces = splitWords(` ${text}`);
  return { pieces, opening: pieces.findIndex((word) => word.text === '.') + 1 };
});

const withoutSpace = (first: Piece): Piece => piece(first.text.trimStart(), 1);

/** "I see 2 images." as single tokens: in o200k_base a space before a number is a token of its own. */
function remarkPieces(count: number, noun: string): Piece[] {
  const digits = String(count).match(/\d{1,3}/g) ?? [];
  const words = [...splitWords(' I see'), piece(' ', 1), ...digits.map((digit) => piece(digit, 1))];
  return [...words, ...splitWords(` ${noun}${count === 1 ? '' : 's'}.`)];
}

/** What the prompt held besides text. */
export interface Attachments {
  images: number;
  sounds: number;
  files: number;
}

/**
 * The pieces of an answer: a remark on what was attached, then canned text chosen by the prompt.
 * @param length exact number of tokens; null for one sentence (about 24)
 */
export function cannedPieces(prompt: string, attachments: Attachments, length: number | null): Piece[] {
  const start = hashOf(prompt) % PREPARED.length;
  const first = PREPARED[start];
  if (first === undefined) throw new Error('There is no canned text.');
  const pieces: Piece[] = [];
  if (attachments.images > 0) pieces.push(...remarkPieces(attachments.images, 'image'));
  if (attachments.sounds > 0) pieces.push(...remarkPieces(attachments.sounds, 'sound'));
  if (attachments.files > 0) pieces.push(...remarkPieces(attachments.files, 'file'));
  if (length === null) {
    pieces.push(...first.pieces.slice(0, first.opening));
  } else {
    for (let turn = start; pieces.length < length; turn += 1) {
      pieces.push(...(PREPARED[turn % PREPARED.length]?.pieces ?? []));
    }
    pieces.length = length;
  }
  const head = pieces[0];
  if (head !== undefined) pieces[0] = withoutSpace(head);
  return pieces;
}

const THOUGHT_LENGTH = 12;

/** What the sandbox thinks if it is asked to: exactly 12 tokens, most likely of another text than its answer. */
export const thoughtsOn = (prompt: string): Piece[] =>
  cannedPieces(`thinking about ${prompt}`, { images: 0, sounds: 0, files: 0 }, THOUGHT_LENGTH);

/** FNV-1a over the last 256 characters: cheap, and even enough to vary texts and images. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = Math.max(0, text.length - 256); index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}
