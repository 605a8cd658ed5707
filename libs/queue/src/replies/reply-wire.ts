import { replyMessageSchema, type ReplyMessage, type ReplyPart } from '@lumenfall/contracts';
import { z } from 'zod';
import { ReplyTooLarge } from '../queue-errors.js';

/** Longer messages travel in slices of about this size. */
const SLICE_CHARS = 1024 * 1024;

/** Length of one part as JSON. Files never travel here, so this is a chat chunk of eight million characters. */
export const MAX_PART_CHARS = 8 * 1024 * 1024;

const wireSchema = replyMessageSchema.extend({ more: z.literal(true).optional() });

/** A message or a slice of one; `more` is set if further slices follow. */
export type WireMessage = z.infer<typeof wireSchema>;

/** The texts that carry a message, in order. Throws `ReplyTooLarge`. */
export function writeReply(message: ReplyMessage): string[] {
  const whole = JSON.stringify(message);
  if (whole.length <= SLICE_CHARS) return [whole];
  const slices: ReplyPart[][] = [];
  let chars = Infinity;
  for (const part of message.parts) {
    const size = JSON.stringify(part).length;
    if (size > MAX_PART_CHARS) {
      throw new ReplyTooLarge(`A part of ${size} characters; the reply channel carries up to ${MAX_PART_CHARS}`);
    }
    chars += size;
    if (chars > SLICE_CHARS) {
      slices.push([]);
      chars = size;
    }
    slices.at(-1)?.push(part);
  }
  return slices.map((parts, index) =>
    JSON.stringify({ ...message, parts, ...(index < slices.length - 1 && { more: true }) } satisfies WireMessage),
  );
}

/** Throws if the text is not of this protocol: another version, or a bug. */
export function readReply(text: string): WireMessage {
  return wireSchema.parse(JSON.parse(text));
}
