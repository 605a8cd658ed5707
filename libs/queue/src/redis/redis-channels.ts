import type { Redis } from 'ioredis';
import type { Channels } from '../backend.js';

/** Publish and subscribe on Redis. `listener` becomes a subscriber: it takes no other commands. */
export function redisChannels(commands: Redis, listener: Redis, prefix: string): Channels {
  const listeners = new Map<string, (text: string) => void>();
  // ioredis restores subscriptions after a reconnection.
  listener.on('message', (channel, text) => listeners.get(channel)?.(text));
  return {
    publish: async (channel, text) => void (await commands.publish(`${prefix}:${channel}`, text)),
    subscribe: async (channel, onText) => {
      const name = `${prefix}:${channel}`;
      listeners.set(name, onText);
      await listener.subscribe(name);
      return async () => {
        listeners.delete(name);
        if (listener.status === 'ready') await listener.unsubscribe(name);
      };
    },
  };
}
