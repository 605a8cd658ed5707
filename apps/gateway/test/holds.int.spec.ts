import { eventually } from '@lumenfall/testing';
import { chatBody, errorOf, RunningGateway } from './running-gateway.js';

const gateway = new RunningGateway();
const { billing } = gateway;

const CHAT = '/openai/v1/chat/completions';
const IMAGES = '/openai/v1/images/generations';
const VIDEOS = '/openai/v1/videos';
const BODIES: Record<string, object> = {
  [CHAT]: chatBody(),
  [IMAGES]: { model: 'gemini-3-pro-image', prompt: 'a cat' },
  [VIDEOS]: { model: 'sora-2', prompt: 'a cat', seconds: 4 },
};
const ask = (path: string, more: object = {}): Promise<Response> =>
  gateway.call(path, { json: { ...BODIES[path], ...more } });

let jobs = 0;
beforeAll(async () => {
  await gateway.start({ BILLING_TIMEOUT_MS: '1500' });
  // So that chats need a hold too.
  billing.low = true;
});
afterAll(() => gateway.stop());
beforeEach(() => {
  jobs = 0;
  gateway.worker.chat = async () => void (jobs += 1);
  gateway.worker.image = async () => void (jobs += 1);
  gateway.worker.videoJobs.length = 0;
  Object.assign(billing, { slow: { place: 0, answer: 0 }, failingReleases: 0, clockOffsetMs: 0 });
  billing.asked = { begun: 0, done: 0 };
  billing.holds.clear();
  billing.released.length = 0;
});

async function areRefused(answers: readonly Response[]): Promise<string[]> {
  for (const answer of answers) expect([answer.status, (await errorOf(answer)).code]).toEqual([503, 'OVERLOADED']);
  return answers.map((answer) => answer.headers.get('x-lumenfall-request-id') ?? '');
}

/** Nothing runs, and nothing is left of the requests. */
async function leaveNothing(ids: readonly string[]): Promise<void> {
  await eventually(() => ids.every((id) => billing.released.includes(id)));
  expect([...billing.holds.keys()].filter((id) => ids.includes(id))).toEqual([]);
  for (const id of ids) {
    expect(await gateway.database.videos.get(id)).toBeNull();
    expect(await gateway.database.imageRuns.find(id)).toBeNull();
  }
  expect([jobs, gateway.worker.videoJobs.length]).toEqual([0, 0]);
}

describe('a request that is refused because billing does not answer in time', () => {
  it('has no hold if billing reads the placement late', async () => {
    billing.slow = { place: 1_800, answer: 0 };
    const ids = await areRefused(await Promise.all([CHAT, IMAGES, VIDEOS].map((path) => ask(path))));
    await eventually(() => billing.asked.done === 3);
    await leaveNothing(ids);
  });

  it('has no hold if billing placed it and only the answer was late', async () => {
    billing.slow = { place: 0, answer: 1_800 };
    const ids = await areRefused(await Promise.all([CHAT, IMAGES, VIDEOS].map((path) => ask(path))));
    await leaveNothing(ids);
  });

  it('has no hold if the release fails at first', async () => {
    billing.slow = { place: 0, answer: 1_800 };
    billing.failingReleases = 2;
    await leaveNothing(await areRefused([await ask(IMAGES)]));
    expect(billing.failingReleases).toBe(0);
  });

  it('has no hold if billing is away', async () => {
    const url = new URL(gateway.environment['BILLING_URL'] ?? '');
    await billing.stop();
    const answers = await Promise.all([IMAGES, VIDEOS].map((path) => ask(path)));
    await billing.start(Number(url.port));
    await leaveNothing(await areRefused(answers));
  });
});

describe('a request that is refused after its hold was placed', () => {
  it.each([IMAGES, VIDEOS])('releases it: %s for lack of balance leaves none either', async (path) => {
    const before = billing.balanceMicros;
    billing.balanceMicros = 1;
    const answer = await ask(path);
    billing.balanceMicros = before;
    expect([answer.status, await errorOf(answer)]).toMatchObject([
      402,
      { message: expect.stringMatching(/^Insufficient balance: \$\d.* required, \$0\.000001 available$/) },
    ]);
    expect([billing.holds.size, billing.released]).toEqual([0, []]);
    const id = answer.headers.get('x-lumenfall-request-id') ?? '';
    expect([await gateway.database.videos.get(id), await gateway.database.imageRuns.find(id)]).toEqual([null, null]);
  });

  it('releases the hold of a video whose row is gone when the hold is placed', async () => {
    billing.slow = { place: 0, answer: 300 };
    const answer = ask(VIDEOS);
    await eventually(() => billing.holds.size === 1);
    // As the worker's sweep does if the gateway was halted for long.
    expect(await gateway.database.videos.withdrawForgotten(new Date(Date.now() + 60_000))).toBe(1);
    await leaveNothing(await areRefused([await answer]));
  });
});

it.each([
  ['an hour ahead', 3_600_000],
  ['an hour behind', -3_600_000],
])('requests get their holds if the clock of the database is %s of the gateway', async (_, clockOffsetMs) => {
  billing.clockOffsetMs = clockOffsetMs;
  for (let turn = 0; turn < 2; turn += 1) expect((await ask(VIDEOS)).status).toBe(202);
  expect(billing.holds.size).toBe(2);
});

describe('a repeat of a video whose hold is being placed', () => {
  const repeated = { idempotency_key: '' };
  beforeEach(() => {
    repeated.idempotency_key = `key-${Math.random()}`;
    billing.slow = { place: 0, answer: 200 };
  });

  it('waits, and is answered with the video', async () => {
    const first = ask(VIDEOS, repeated);
    await eventually(() => billing.holds.size === 1);
    const second = await ask(VIDEOS, repeated);
    const [one, two] = [await (await first).json(), await second.json()] as { id: string }[];
    expect([(await first).status, second.status, two?.id]).toEqual([202, 200, one?.id]);
    expect(billing.holds.size).toBe(1);
  });

  it('waits, and is admitted itself if the first one is refused', async () => {
    billing.slow = { place: 1_800, answer: 0 };
    const first = ask(VIDEOS, repeated);
    await eventually(() => billing.asked.begun === 1);
    billing.slow = { place: 0, answer: 0 };
    const second = ask(VIDEOS, repeated);
    expect([(await first).status, (await second).status]).toEqual([503, 202]);
    const id = (await second).headers.get('x-lumenfall-request-id') ?? '';
    await eventually(() => billing.holds.size === 1 && billing.holds.has(id));
  });
});
