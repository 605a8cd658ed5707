import { type ReplyMessage, type ReplyPart, replyMessageSchema } from '@lumenfall/contracts';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Channels } from '../backend.js';
import type { ReplyInbox, ReplyOutbox } from '../engine.js';
import { engineCall, reasonOf, ReplyTooLarge } from '../queue-errors.js';
import { COMMAND_DEADLINE_MS } from '../settings.js';

const channelOf = (address: string): string => `reply:${address}`;

export interface InboxOptions {
  channels: Channels;
  cancel(requestId: string): Promise<void>;
  onError(error: Error): void;
}

interface Listener {
  onMessage(message: ReplyMessage): void;
  /** The slices so far of a message that has not arrived completely. */
  partial: WireMessage | null;
}

/** Subscribes under a new address and passes each message to the listener of its request; others are dropped. */
export async function openReplyInbox({ channels, cancel, onError }: InboxOptions): Promise<ReplyInbox> {
  const address = randomBytes(9).toString('base64url');
  const listeners = new Map<string, Listener>();

  const receive = (text: string): void => {
    try {
      const message = readReply(text);
      const listener = listeners.get(message.requestId);
      if (listener !== undefined) deliver(listener, message);
    } catch (error) {
      // The listener notices the gap in the sequence numbers.
      onError(new Error(`A reply was dropped: ${reasonOf(error)}`, { cause: error }));
    }
  };
  const unsubscribe = await channels.subscribe(channelOf(address), receive);

  return {
    address,
    listen(requestId, onMessage) {
      if (listeners.has(requestId)) throw new Error(`Two listeners for request ${requestId}`);
      listeners.set(requestId, { onMessage, partial: null });
      return { cancel: () => cancel(requestId), close: () => void listeners.delete(requestId) };
    },
    async close() {
      listeners.clear();
      await unsubscribe();
    },
  };
}

function deliver(listener: Listener, { more, ...slice }: WireMessage): void {
  const { partial } = listener;
  const continues = partial !== null && partial.run === slice.run && partial.seq === slice.seq;
  const parts: ReplyPart[] = continues ? [...partial.parts, ...slice.parts] : slice.parts;
  const message = { ...slice, parts };
  listener.partial = more === true ? message : null;
  if (more !== true) listener.onMessage(message);
}

/** Sends in the order of the calls. Rejects with `QueueUnavailable` or `ReplyTooLarge`. */
export function replyOutbox(channels: Channels): ReplyOutbox {
  return {
    async send(address, message) {
      const sending = writeReply(message).map((text) => channels.publish(channelOf(address), text));
      await engineCall('Sending a reply', COMMAND_DEADLINE_MS * sending.length, Promise.all(sending));
    },
    close: async () => undefined,
  };
}

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
