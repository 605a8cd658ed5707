/**
 * The time of one admission (`take`, and `give` at its end) with the five limits of a key and of its organization, over
 * the engine behind a URL; one key, so that every request counts on the same buckets.
 *
 *   npx esbuild libs/queue/test/bench/limit-takes.ts --bundle --packages=external --platform=node --format=esm \
 *     --tsconfig=tsconfig.base.json --outfile=dist/bench/limit-takes.mjs
 *   node dist/bench/limit-takes.mjs redis://127.0.0.1:6379 [seconds]
 */
import { newRequestId } from '@lumenfall/contracts';
import { openQueueEngine, type Claim, type Return } from '../../src/index.js';

const [url = '', seconds = '5'] = process.argv.slice(2);
const engine = await openQueueEngine(url, { onError: (error) => process.stderr.write(`${error.message}\n`) });
const counters = await engine.openLimitCounters();
const LIMIT = 1_000_000_000;

const claims = ['key', 'org'].flatMap((owner): Claim[] => {
  const spend = { kind: 'lease', bucket: `spend:${owner}`, limit: LIMIT, amount: 500, ttlMs: 30_000 } as const;
  return [
    { ...spend, figure: 'month' },
    { ...spend, figure: 'day' },
    { kind: 'lease', bucket: `running:${owner}`, limit: LIMIT, amount: 1, ttlMs: 30_000 },
    { kind: 'window', bucket: `requests:${owner}`, limit: LIMIT, amount: 1, windowMs: 60_000 },
    { kind: 'window', bucket: `tokens:${owner}`, limit: LIMIT, amount: 900, windowMs: 60_000 },
  ];
});
const leases = claims.flatMap(({ kind, bucket }): Return[] => (kind === 'lease' ? [{ kind, bucket }] : []));

for (const [name, taken] of [
  ['requests per minute', claims.filter(({ bucket }) => bucket === 'requests:key')],
  ['ten limits', claims],
] as const) {
  for (const owner of ['key', 'org']) {
    await counters.settle(`spend:${owner}`, { figures: { day: 0, month: 0 }, included: [] });
  }
  for (const atOnce of [1, 1, 32]) {
    const took: number[] = [];
    const until = performance.now() + Number(seconds) * 1_000;
    const client = async (): Promise<void> => {
      for (let now = performance.now(); now < until; now = performance.now()) {
        const requestId = newRequestId();
        const { outcome } = await counters.take(requestId, taken);
        took.push(performance.now() - now);
        if (outcome !== 'taken') throw new Error(`The limits answered ${outcome}`);
        await counters.give(requestId, leases);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, client));
    took.sort((a, b) => a - b);
    const at = (share: number): string => (took[Math.floor(took.length * share)] ?? 0).toFixed(2);
    const speed = `${Math.round(took.length / Number(seconds))}/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
    process.stdout.write(`${name}, ${atOnce} at once: ${speed}\n`);
  }
}
await engine.close();
