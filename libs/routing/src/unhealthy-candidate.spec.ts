import { formatSteps, RoutingHarness } from '../test/routing-harness.js';

describe('RouteStrategy with unhealthy candidates', () => {
  let harness: RoutingHarness;
  beforeEach(() => (harness = new RoutingHarness()));

  it('tries an unhealthy candidate last', async () => {
    harness.open('openai/m@openai', 900);
    const steps = await harness.request(harness.strategy(['openai', 'fal']), ({ credential }) =>
      credential === 'openai' ? 'success' : 'timeout',
    );
    expect(formatSteps(steps)).toEqual(['preferred fal', 'last-resort openai']);
  });

  it('sends an unavailable provider one call a second over all requests', async () => {
    harness.open('openai/m@openai', 1_000);
    const calls: number[] = [];
    const since = harness.now;
    while (harness.now < since + 20_000) {
      await harness.request(harness.strategy(['openai']), () => {
        calls.push(harness.now);
        return 'transient';
      });
      harness.now += 10;
    }
    expect(calls.length).toBeGreaterThan(8);
    for (const [n, at] of calls.entries()) if (n > 0) expect(at - Number(calls[n - 1])).toBeGreaterThanOrEqual(1_000);
  });

  it('probes a candidate that may have recovered first, with one request', async () => {
    harness.open('openai/m@openai', 0);
    const [one, two] = [harness.strategy(['openai', 'fal']), harness.strategy(['openai', 'fal'])];
    const [first, second] = [await one.next(), await two.next()];
    expect(formatSteps([first, second].flatMap((step) => step ?? []))).toEqual(['probe openai', 'preferred fal']);
    if (first) harness.report(first, 'success');
    expect(formatSteps(await harness.request(harness.strategy(['openai', 'fal']), () => 'success'))).toEqual([
      'preferred openai',
    ]);
  });

  it('does not probe a candidate that the request would not have preferred', async () => {
    harness.open('fal/m@fal', 0);
    expect(formatSteps(await harness.request(harness.strategy(['openai', 'fal']), () => 'success'))).toEqual([
      'preferred openai',
    ]);
  });

  it('waits for an open candidate if no other is left', async () => {
    harness.open('openai/m@openai', 900);
    harness.leases.set('openai/m@openai', harness.now + 900);
    const before = harness.now;
    expect(formatSteps(await harness.request(harness.strategy(['openai']), () => 'success'))).toEqual(['probe openai']);
    expect(harness.now - before).toBeLessThan(2_100);
  });

  it('avoids a refused credential and probes it occasionally if there is no other', async () => {
    harness.keys = { openai: ['openai#1', 'openai#2'] };
    harness.credentials.set('credential:openai#1', {
      disabledSince: harness.now,
      disabledUntil: harness.now + 300_000,
    });
    for (let n = 0; n < 20; n += 1) {
      expect((await harness.strategy(['openai']).next())?.credential).toBe('openai#2');
    }
    harness.keys = { openai: ['openai#1'] };
    expect(formatSteps(await harness.request(harness.strategy(['openai']), () => 'auth'))).toEqual([
      'last-resort openai#1',
    ]);
    expect(await harness.strategy(['openai']).next()).toBeNull();
    expect(harness.strategy(['openai']).mayComeBack()).toBe(true);
  });

  it('notices a recovered provider within five seconds, whatever the traffic', async () => {
    for (const every of [1, 50, 400]) {
      harness = new RoutingHarness();
      harness.open('openai/m@openai', 2_000);
      const back = harness.now + 7_777;
      let seen = Infinity;
      while (harness.now < back + 10_000 && seen === Infinity) {
        const strategy = harness.strategy(['openai', 'fal']);
        const step = await strategy.next();
        if (step?.credential === 'openai') {
          harness.report(step, harness.now >= back ? 'success' : 'timeout');
          if (harness.now >= back) seen = harness.now;
        }
        harness.now += every;
      }
      expect(seen - back).toBeLessThan(5_000);
    }
  });
});
