import type { OpenFile } from '@lumenfall/media';
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';

/** A JSON answer that is read while it is sent. */
export interface StreamedAnswer {
  sizeBytes: number;
  body: Readable;
}

/**
 * An answer in which files stand as base64, one after the other. They are never held as a whole, nor escaped as a text of megabytes
 * would be. A file that breaks off breaks the answer off, which its length shows.
 *
 * @param answerOf the answer with a text in place of every file
 */
export function answerWithFiles(answerOf: (placeholder: string) => object, files: readonly OpenFile[]): StreamedAnswer {
  // Nobody can have written it into a prompt.
  const placeholder = randomUUID();
  const texts = JSON.stringify(answerOf(placeholder)).split(placeholder);
  const ofTexts = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const sizeBytes = files.reduce((sum, file) => sum + Math.ceil(file.sizeBytes / 3) * 4, ofTexts);
  return { sizeBytes, body: Readable.from(pieces(texts, files), { objectMode: false }) };
}

async function* pieces(texts: readonly string[], files: readonly OpenFile[]): AsyncGenerator<Buffer> {
  for (const [index, text] of texts.entries()) {
    yield Buffer.from(text);
    const file = files[index];
    if (file !== undefined) yield* base64Of(file.stream());
  }
}

/** Three bytes are four letters: what is left of a piece goes with the next. */
export async function* base64Of(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const piece of bytes) {
    const joined =
      rest.length === 0 ? Buffer.from(piece.buffer, piece.byteOffset, piece.length) : Buffer.concat([rest, piece]);
    const whole = joined.length - (joined.length % 3);
    // A copy: the source may use its buffer again.
    rest = Buffer.from(joined.subarray(whole));
    if (whole > 0) yield Buffer.from(joined.toString('base64', 0, whole), 'latin1');
  }
  if (rest.length > 0) yield Buffer.from(rest.toString('base64'), 'latin1');
}
