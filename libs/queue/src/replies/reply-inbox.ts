import type { ReplyMessage, ReplyPart } from '@lumenfall/contracts';
import { randomBytes } from 'node:crypto';
import type { Channels } from '../backend.js';
import type { ReplyInbox } from '../engine.js';
import { reasonOf } from '../queue-errors.js';
import { readReply } from './reply-wire.js';
import type { WireMessage } from './reply-wire.js';

export const channelOf = (address: string): string => `reply:${address}`;

export interface InboxOptions {
  channels: Channels;
  cancel(requestId: string): Promise<void>;
  onError(error: Error): void;
}

interface Listener {
  onMessage(message: ReplyMessage): void;
  /** Slices of a message whose end has not come yet. */
  begun: WireMessage | null;
}

/** Subscribes under a new address and hands each message to whoever listens for its request; others are dropped. */
export async function openReplyInbox({ channels, cancel, onError }: InboxOptions): Promise<ReplyInbox> {
  const address = randomBytes(9).toString('base64url');
  const listeners = new Map<string, Listener>();

  const receive = (text: string): void => {
    try {
      const message = readReply(text);
      const listener = listeners.get(message.requestId);
      if (listener !== undefined) deliver(listener, message);
    } catch (error) {
      // The listener sees the gap that this leaves.
      onError(new Error(`A reply was dropped: ${reasonOf(error)}`, { cause: error }));
    }
  };
  const unsubscribe = await channels.subscribe(channelOf(address), receive);

  return {
    address,
    listen(requestId, onMessage) {
      if (listeners.has(requestId)) throw new Error(`Two listeners for request ${requestId}`);
      listeners.set(requestId, { onMessage, begun: null });
      return { cancel: () => cancel(requestId), close: () => void listeners.delete(requestId) };
    },
    async close() {
      listeners.clear();
      await unsubscribe();
    },
  };
}

function deliver(listener: Listener, { more, ...slice }: WireMessage): void {
  const { begun } = listener;
  const continues = begun !== null && begun.run === slice.run && begun.seq === slice.seq;
  const parts: ReplyPart[] = continues ? [...begun.parts, ...slice.parts] : slice.parts;
  const message = { ...slice, parts };
  listener.begun = more === true ? message : null;
  if (more !== true) listener.onMessage(message);
}
