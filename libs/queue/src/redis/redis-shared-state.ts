import type { Redis } from 'ioredis';
import type { SharedStateStore } from '../backend.js';
import { STATE_ENTRY_MS } from '../settings.js';

/** An entry is stored as `<unix ms of writing>|<value>`, since hash fields cannot expire in older versions of Redis. */
const REPLACE = `
local stored = redis.call('HGET', KEYS[1], ARGV[1])
local known = ''
if stored then
  local bar = string.find(stored, '|', 1, true)
  if tonumber(string.sub(stored, 1, bar - 1)) >= tonumber(ARGV[5]) then known = '=' .. string.sub(stored, bar + 1) end
end
if known ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[4] .. '|' .. ARGV[3])
return 1`;

/** The shared state as one hash, and a key for each lease. */
export function redisSharedState(client: Redis, prefix: string): SharedStateStore {
  const hash = `${prefix}:shared-state`;
  return {
    async read() {
      const stored = await client.hgetall(hash);
      const entries = new Map<string, string>();
      const stale: string[] = [];
      for (const [key, text] of Object.entries(stored)) {
        const value = valueOf(text);
        if (value === null) stale.push(key);
        else entries.set(key, value);
      }
      // An entry that is rewritten at this moment is lost, which is acceptable after a day without a write.
      if (stale.length > 0) await client.hdel(hash, ...stale);
      return entries;
    },

    async get(key) {
      const stored = await client.hget(hash, key);
      return stored === null ? null : valueOf(stored);
    },

    async replace(key, from, to) {
      const now = Date.now();
      const expected = from === null ? '' : `=${from}`;
      return (await client.eval(REPLACE, 1, hash, key, expected, to, now, now - STATE_ENTRY_MS)) === 1;
    },

    claim: async (key, ttlMs) => (await client.set(`${hash}:lease:${key}`, '1', 'PX', ttlMs, 'NX')) === 'OK',
  };
}

function valueOf(stored: string): string | null {
  const bar = stored.indexOf('|');
  return Number(stored.slice(0, bar)) >= Date.now() - STATE_ENTRY_MS ? stored.slice(bar + 1) : null;
}
