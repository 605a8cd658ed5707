import type { Channels } from '../backend.js';
import { withDeadline } from '../deadline.js';
import type { ReplyOutbox } from '../engine.js';
import { COMMAND_DEADLINE_MS } from '../settings.js';
import { channelOf } from './reply-inbox.js';
import { writeReply } from './reply-wire.js';

/** Sends in the order of the calls. Rejects with `QueueUnavailable` or `ReplyTooLarge`. */
export function replyOutbox(channels: Channels): ReplyOutbox {
  return {
    async send(address, message) {
      const sending = writeReply(message).map((text) => channels.publish(channelOf(address), text));
      await withDeadline('Sending a reply', COMMAND_DEADLINE_MS * sending.length, Promise.all(sending));
    },
    close: async () => undefined,
  };
}
