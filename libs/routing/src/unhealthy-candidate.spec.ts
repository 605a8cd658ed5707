import { told, World } from '../test/world.js';

describe('an unhealthy stop', () => {
  let world: World;
  beforeEach(() => (world = new World()));

  it('is tried last, not never', async () => {
    world.open('openai/m@openai', 900);
    const steps = await world.request(world.walk(['openai', 'fal']), ({ credential }) =>
      credential === 'openai' ? 'success' : 'timeout',
    );
    expect(told(steps)).toEqual(['preferred fal', 'last-resort openai']);
  });

  it('is called once a second by all requests together while it is dead', async () => {
    world.open('openai/m@openai', 1_000);
    const calls: number[] = [];
    const since = world.now;
    while (world.now < since + 20_000) {
      await world.request(world.walk(['openai']), () => {
        calls.push(world.now);
        return 'transient';
      });
      world.now += 10;
    }
    expect(calls.length).toBeGreaterThan(8);
    for (const [n, at] of calls.entries()) if (n > 0) expect(at - Number(calls[n - 1])).toBeGreaterThanOrEqual(1_000);
  });

  it('that may be well again is tried first, by one request', async () => {
    world.open('openai/m@openai', 0);
    const [one, two] = [world.walk(['openai', 'fal']), world.walk(['openai', 'fal'])];
    const [first, second] = [await one.next(), await two.next()];
    expect(told([first, second].flatMap((step) => step ?? []))).toEqual(['probe openai', 'preferred fal']);
    if (first) world.report(first, 'success');
    expect(told(await world.request(world.walk(['openai', 'fal']), () => 'success'))).toEqual(['preferred openai']);
  });

  it('is not looked at where a request would not have gone anyway', async () => {
    world.open('fal/m@fal', 0);
    expect(told(await world.request(world.walk(['openai', 'fal']), () => 'success'))).toEqual(['preferred openai']);
  });

  it('is waited for where nothing else is left', async () => {
    world.open('openai/m@openai', 900);
    world.leases.set('openai/m@openai', world.now + 900);
    const before = world.now;
    expect(told(await world.request(world.walk(['openai']), () => 'success'))).toEqual(['probe openai']);
    expect(world.now - before).toBeLessThan(2_100);
  });

  it('with a refused credential is left to the others, and tried once a while where there are none', async () => {
    world.keys = { openai: ['openai#1', 'openai#2'] };
    world.credentials.set('credential:openai#1', { disabledSince: world.now, disabledUntil: world.now + 300_000 });
    for (let n = 0; n < 20; n += 1) {
      expect((await world.walk(['openai']).next())?.credential).toBe('openai#2');
    }
    world.keys = { openai: ['openai#1'] };
    expect(told(await world.request(world.walk(['openai']), () => 'auth'))).toEqual(['last-resort openai#1']);
    expect(await world.walk(['openai']).next()).toBeNull();
    expect(world.walk(['openai']).mayComeBack()).toBe(true);
  });

  it('makes its provider’s way back short: within five seconds, whatever traffic there is', async () => {
    for (const every of [1, 50, 400]) {
      world = new World();
      world.open('openai/m@openai', 2_000);
      const back = world.now + 7_777;
      let seen = Infinity;
      while (world.now < back + 10_000 && seen === Infinity) {
        const walk = world.walk(['openai', 'fal']);
        const step = await walk.next();
        if (step?.credential === 'openai') {
          world.report(step, world.now >= back ? 'success' : 'timeout');
          if (world.now >= back) seen = world.now;
        }
        world.now += every;
      }
      expect(seen - back).toBeLessThan(5_000);
    }
  });
});
