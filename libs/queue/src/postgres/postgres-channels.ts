import { Batcher } from '@lumenfall/async';
import { createPostgresRelayBackend, Relay } from 'bullmq';
import type pg from 'pg';
import type { Channels } from '../backend.js';

/** BullMQ's limit for one message. Above `MAX_PART_CHARS`, since JSON in JSON may double it. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** Longer texts are published alone. */
const MAX_BATCH_CHARS = 1024 * 1024;

/**
 * Publish and subscribe on PostgreSQL. A publication is a transaction of some ms, so waiting texts to the same channel
 * share one, which also keeps their order.
 */
export async function openPostgresChannels(
  pool: pg.Pool,
  onError: (error: Error) => void,
): Promise<Channels & { close(): Promise<void> }> {
  const relay = new Relay({
    connection: pool,
    backend: createPostgresRelayBackend,
    namespace: 'lumenfall',
    maxMessageSize: MAX_MESSAGE_BYTES,
  });
  relay.on('error', onError);
  await relay.waitUntilReady();
  const senders = new Map<string, Batcher<string>>();
  const topicOf = (channel: string): string => channel.replaceAll(':', '.');

  return {
    publish: async (channel, text) => {
      let sender = senders.get(channel);
      if (sender === undefined) {
        sender = new Batcher<string>(async (texts) => void (await relay.publish(topicOf(channel), texts)), {
          maxSize: Infinity,
          weight: { of: ({ length }) => length, max: MAX_BATCH_CHARS },
        });
        senders.set(channel, sender);
      }
      try {
        await sender.add(text);
      } finally {
        if (sender.idle) senders.delete(channel);
      }
    },
    subscribe: async (channel, onText) => {
      const subscription = await relay.subscribe<string[]>(topicOf(channel), ({ data }) => data.forEach(onText));
      return () => subscription.unsubscribe();
    },
    close: () => relay.close(),
  };
}
