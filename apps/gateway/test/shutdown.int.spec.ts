import { eventually, pause } from '@lumenfall/testing';
import { chatBody, errorOf, RunningGateway } from './running-gateway.js';
import { chunk, end } from './scripted-worker.js';

const CHAT = '/openai/v1/chat/completions';

describe('a gateway that closes', () => {
  it('finishes running answers first', async () => {
    const gateway = await new RunningGateway().start();
    let working = false;
    gateway.worker.chat = async (_job, send) => {
      working = true;
      await pause(400);
      await send(chunk({ content: 'in time' }), end);
    };
    const answer = gateway.call(CHAT, { json: chatBody() });
    await eventually(() => working);
    const closed = gateway.stop();
    expect(await (await answer).json()).toMatchObject({ choices: [{ message: { content: 'in time' } }] });
    await closed;
  });

  it('ends answers after the grace time, with an error that says to send the request again', async () => {
    const gateway = await new RunningGateway().start({ SHUTDOWN_GRACE_MS: '200' });
    let aborted = false;
    let working = 0;
    gateway.worker.chat = async ({ body }, send, { signal }) => {
      if (body.stream) await send(chunk({ content: 'x' }));
      working += 1;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      aborted = true;
    };
    const [plain, streamed] = [chatBody(), chatBody({ stream: true })].map((json) => gateway.call(CHAT, { json }));
    await eventually(() => working === 2);
    const closed = gateway.service.close();
    const answer = await plain;
    expect([answer?.status, answer?.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await (await streamed)?.text()).toContain('"code":"OVERLOADED"');
    await closed;
    expect(aborted).toBe(true);
    await gateway.stop();
  });
});

describe('a gateway with too much waiting', () => {
  it('refuses more requests with Retry-After', async () => {
    const gateway = await new RunningGateway().start({ MAX_QUEUE_DEPTH: '2' });
    let working = 0;
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    gateway.worker.chat = async (_job, send) => {
      working += 1;
      await released;
      await send(chunk({ content: 'x' }), end);
    };
    const accepted = [1, 2].map(() => gateway.call(CHAT, { json: chatBody() }));
    await eventually(() => working === 2);
    await pause(1_100); // the count that admitted them is old by now
    const refused = await gateway.call(CHAT, { json: chatBody() });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await errorOf(refused)).toMatchObject({ code: 'OVERLOADED', type: 'server_error' });
    release();
    for (const answer of accepted) expect((await answer).status).toBe(200);
    await gateway.stop();
  });
});
