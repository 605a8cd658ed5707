import { openClient } from '@lumenfall/database';
import { auditLedger } from '@lumenfall/ledger';
import { eventually, sleep } from '../account.js';
import { readBooks, type Books } from './books.js';
import { startFailoverStack, type FailoverStack } from './failover-stack.js';
import { runLoad, steadyChats, type Outcome } from './load.js';
import { CHAT_PROVIDERS, ILL, JUDGED_FROM, PROVIDERS, wellBut } from './providers.js';
import { percent, Report, seconds, usd } from './report.js';
import type { Ends } from './sandbox-control.js';

const GONE = 'openai';
const CHATS_PER_SECOND = 30;
/**
 * How many calls a provider that is gone may get until no worker sends to it, and how long it is watched after that.
 */
const OPENS_WITHIN_CALLS = 20;
const WATCHED_MS = 8_000;
const ON_ITS_WAY_MS = 1_000;
/** How soon after its return a provider has to have ordinary traffic, and how long that is counted. */
const BACK_WITHIN_MS = 5_000;
const COUNTED_MS = 3_000;

export interface FailoverOptions {
  requests: number;
  atOnce: number;
  /** That every provider has to get. */
  leastCalls: number;
  variables: Record<string, string>;
}

const problemsOf = (outcomes: readonly Outcome[]): string[] =>
  outcomes.flatMap(({ kind, requestId, problem }) => (problem === null ? [] : [`${kind} ${requestId}: ${problem}`]));

/** The test that shows the point of the whole, on a system of its own. */
export function describeFailover(name: string, { requests, atOnce, leastCalls, variables }: FailoverOptions): void {
  describe(`${requests} requests at providers that fail, on ${name}`, () => {
    const report = new Report(`Failover, ${requests} requests on ${name}`);
    let system: FailoverStack;
    let outcomes: Outcome[] = [];

    beforeAll(async () => {
      system = await startFailoverStack(`failover-${name}`, variables);
    }, 150_000);
    afterAll(async () => {
      await system?.close();
      report.print();
    });

    const ends = async (): Promise<[string, Ends][]> =>
      Promise.all(PROVIDERS.map(async (provider) => [provider, await system.sandbox.endsOf(provider)]));
    const books = (): Promise<Books> => readBooks(system.databaseUrl, system.organizationId);

    it('delivers at least 99.5 % while every provider fails 20 to 40 % of its calls', async () => {
      await system.sandbox.behave(ILL);
      await system.sandbox.forget();
      const since = Date.now();
      outcomes = await runLoad(system.stack, requests, atOnce);
      const took = Date.now() - since;
      const observed = await ends();
      const workers = await system.attemptsByWorker();

      const problems = problemsOf(outcomes);
      const delivered = 1 - problems.length / outcomes.length;
      const failedOver = outcomes.filter(({ attempts }) => (attempts ?? 0) > 1).length / outcomes.length;
      const mostAttempts = Math.max(...outcomes.map(({ attempts }) => attempts ?? 0));
      const times = outcomes.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
      const within = (share: number): string => seconds(times[Math.floor(times.length * share)] ?? 0);
      for (const kind of ['plain', 'streamed', 'image'])
        report.add(`requests, ${kind}`, outcomes.filter((outcome) => outcome.kind === kind).length);
      report.add('delivered', `${outcomes.length - problems.length} of ${outcomes.length}, ${percent(delivered)}`);
      for (const problem of problems.slice(0, 5)) report.add('not delivered', problem);
      report.add('took', `${seconds(took)}, ${((outcomes.length / took) * 1_000).toFixed(0)} per second`);
      report.add('time of a request', `median ${within(0.5)}, 95 % ${within(0.95)}, 99 % ${within(0.99)}`);
      report.add('more than one attempt', `${percent(failedOver)} of requests, at most ${mostAttempts} attempts`);
      for (const [provider, { calls, failed, by }] of observed) {
        const kinds = Object.entries(by).map(([end, count]) => `${end} ${count}`);
        report.add(`calls of ${provider}`, `${calls}, ${percent(failed / calls)} failed (${kinds.join(', ')})`);
      }
      report.add('attempts of each chat worker', workers.join(', '));

      expect(delivered >= 0.995 ? [] : problems.slice(0, 20)).toEqual([]);
      // The providers were as bad as this test says they were, and the requests had to do with it.
      for (const [provider, { calls, failed, by }] of observed) {
        expect([provider, calls >= leastCalls, failed > 0]).toEqual([provider, true, true]);
        if (calls < JUDGED_FROM) continue;
        // The share of a sample differs from the configured one: by less than three standard deviations.
        const deviation = 3 * Math.sqrt(0.25 / calls);
        const isAsIll = failed / calls >= 0.2 - deviation && failed / calls <= 0.4 + deviation;
        expect([provider, isAsIll, failed / calls]).toEqual([provider, true, expect.any(Number)]);
        expect(Object.keys(by)).toEqual(expect.arrayContaining(['answered', '429']));
      }
      expect(observed.reduce((sum, [, { failed }]) => sum + failed, 0)).toBeGreaterThan(requests * 0.2);
      expect(failedOver).toBeGreaterThan(0.15);
      // Both chat workers did a good part.
      for (const attempts of workers) expect(attempts).toBeGreaterThan(requests / 10);
    }, 900_000);

    it('charges each request for the one attempt that delivered, and for nothing else', async () => {
      const delivered = outcomes.filter(({ problem }) => problem === null);
      const sum = (amountOf: (outcome: Outcome) => number | null): number =>
        delivered.reduce((total, outcome) => total + (amountOf(outcome) ?? Number.NaN), 0);
      const found = await eventually(books, ({ recorded }) => recorded >= requests, 120_000);
      const due = sum(({ dueMicros }) => dueMicros);
      report.add('charged', `${usd(found.charged)}, due by the price lists ${usd(due)}`);
      report.add(
        'attempts',
        `${found.attempts}, ${found.failedAttempts} of them failed and cost ${usd(found.failing)}`,
      );

      expect(found.wrong.slice(0, 10)).toEqual([]);
      const whole = { requests, recorded: requests, completed: delivered.length, heldMicros: 0, failing: 0 };
      expect(found).toMatchObject(whole);
      expect([found.charged, found.delivering]).toEqual([found.cost, found.cost]);
      // The costs that the answers report, and the costs by the price lists.
      expect(found.charged).toBe(sum(({ costMicros }) => costMicros));
      const differing = delivered.filter(({ costMicros, dueMicros }) => costMicros !== dueMicros);
      expect(differing.slice(0, 5)).toEqual([]);
      expect(found.failedAttempts).toBeGreaterThan(requests * 0.15);
      const client = openClient(system.databaseUrl, { maxConnections: 2 });
      expect(await auditLedger(client).finally(() => client.$disconnect())).toMatchObject({ found: 0 });
    }, 150_000);

    it('calls a provider that is gone at most once a second, without errors for clients, and uses it again within 5 s', async () => {
      const { sandbox, stack } = system;
      await sandbox.behave(wellBut());
      await sleep(3_000);
      await sandbox.forget();
      const chats = steadyChats(stack, CHATS_PER_SECOND);
      let seen: Outcome[] = [];
      try {
        const wellAt = Date.now();
        await sleep(4_000);
        const goneAt = Date.now();
        const before = (await sandbox.callsOf(GONE)).filter((at) => at >= wellAt && at < goneAt).length;
        await sandbox.behave(wellBut(GONE));
        await eventually(() => system.isBreakerOpen(`${GONE}/failover-chat`), Boolean, 20_000);
        const openedAt = Date.now();
        await sleep(WATCHED_MS);
        const backAt = Date.now();
        const calls = (await sandbox.callsOf(GONE)).filter((at) => at >= goneAt && at < backAt);
        // What was sent a moment before is still on its way.
        const probes = calls.filter((at) => at >= openedAt + ON_ITS_WAY_MS);
        const gaps = probes.slice(1).map((at, index) => at - (probes[index] ?? 0));

        await sandbox.behave(wellBut());
        await sleep(BACK_WITHIN_MS + COUNTED_MS);
        const endedAt = Date.now();
        const after = (await sandbox.callsOf(GONE)).filter((at) => at >= backAt && at < endedAt);
        const ordinary = after.filter((at) => at >= backAt + BACK_WITHIN_MS).length;
        seen = await chats.close();

        /** An equal part of what was asked in that time: on a slow machine less than was to be. */
        const fairIn = (from: number, to: number): number =>
          seen.filter(({ began }) => began >= from && began < to).length / CHAT_PROVIDERS.length;
        const perSecond = (count: number, ms: number): string => `${((count / ms) * 1_000).toFixed(1)} per second`;
        const fairOrdinary = fairIn(backAt + BACK_WITHIN_MS, endedAt);
        const first = after.slice(0, 5).map((at) => seconds(at - backAt));
        report.add('calls of one provider while well', perSecond(before, goneAt - wellAt));
        report.add(
          'breaker open',
          `${seconds(openedAt - goneAt)} after it was gone and ${calls.length - probes.length} calls`,
        );
        report.add(
          `calls in the ${seconds(WATCHED_MS)} after`,
          `${probes.length}, at least ${Math.min(...gaps)} ms apart`,
        );
        report.add('first calls after its return', first.join(', '));
        const countedMs = endedAt - backAt - BACK_WITHIN_MS;
        const [calls5s, part] = [ordinary, fairOrdinary].map((count) => perSecond(count, countedMs));
        report.add('calls 5 s after its return', `${calls5s}; ${part} would be an equal part`);
        report.add('failures that clients saw', `${problemsOf(seen).length} of ${seen.length}`);

        expect(problemsOf(seen)).toEqual([]);
        expect(before).toBeGreaterThan(fairIn(wellAt, goneAt) / 3);
        // By failures in a row, so the less it is called, the longer that takes.
        expect(calls.length - probes.length).toBeLessThanOrEqual(OPENS_WITHIN_CALLS);
        // At most one call in a second, and still some: it is looked after.
        expect(probes.length).toBeLessThanOrEqual((backAt - openedAt - ON_ITS_WAY_MS) / 1_000 + 1);
        expect(probes.length).toBeGreaterThan(1);
        expect(ordinary).toBeGreaterThan(fairOrdinary / 3);
      } finally {
        await chats.close();
      }
    }, 120_000);
  });
}
