import type { RedisOptions } from 'ioredis';

export interface RedisAddress {
  /** Before every key and channel, so that several installations can share one Redis: `?prefix=` of the URL. */
  prefix: string;
  options: RedisOptions;
}

/** `redis[s]://[user:password@]host[:port][/db][?prefix=...]` */
export function readRedisAddress(url: URL): RedisAddress {
  const db = Number(url.pathname.slice(1) || 0);
  return {
    prefix: url.searchParams.get('prefix') || 'lumenfall',
    options: {
      host: url.hostname,
      port: Number(url.port || 6379),
      db: Number.isInteger(db) ? db : 0,
      ...(url.username && { username: decodeURIComponent(url.username) }),
      ...(url.password && { password: decodeURIComponent(url.password) }),
      ...(url.protocol === 'rediss:' && { tls: {} }),
    },
  };
}
