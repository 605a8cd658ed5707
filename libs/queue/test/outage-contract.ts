import type { ReplyMessage } from '@lumenfall/contracts';
import { eventually, pause, severableProxy } from '@lumenfall/testing';
import { QueueUnavailable } from '../src/index.js';
import { aChatJob, textOf, textPart } from './chat-job.js';
import { EngineHarness } from './engine-harness.js';

/** The behaviour of every engine while it cannot be reached; `newQueue` returns the URL of an empty queue. */
export function outageContract(newQueue: () => Promise<string>): void {
  let harness: EngineHarness;
  beforeEach(async () => {
    harness = new EngineHarness(await newQueue());
  });
  afterEach(() => harness.close());

  it('fails fast while the engine is unreachable or hangs, and recovers', async () => {
    const proxy = await severableProxy(harness.url);
    const engine = await harness.engine(proxy.url);
    const enqueue = (id: string): Promise<void> => engine.producer().enqueue('video.poll', { requestId: id }, { id });
    await enqueue('before');
    const state = await engine.openSharedState();
    await state.update('x', () => 'before');
    await proxy.sever();
    const since = Date.now();
    await expect(enqueue('severed')).rejects.toThrow(QueueUnavailable);
    await expect(engine.ping()).rejects.toThrow(QueueUnavailable);
    await expect(state.claim('x', 1_000)).rejects.toThrow(QueueUnavailable);
    await proxy.restore();
    await eventually(() => enqueue('after').then(() => true));
    proxy.freeze();
    const frozen = [enqueue('frozen'), state.read(), state.update('x', () => 'frozen')];
    await Promise.all(frozen.map((call) => expect(call).rejects.toThrow(QueueUnavailable)));
    expect(Date.now() - since).toBeLessThan(45_000);
    await proxy.close();
  });

  it('takes jobs and delivers answers again after the engine was unreachable', async () => {
    const proxy = await severableProxy(harness.url);
    const near = await harness.engine(proxy.url);
    const far = await harness.engine(proxy.url);
    const [inbox, outbox] = [await near.openInbox(), await far.openOutbox()];
    const answer = async (job: ReturnType<typeof aChatJob>, run: number): Promise<void> =>
      outbox.send(job.replyTo, {
        requestId: job.requestContext.requestId,
        run,
        seq: 0,
        parts: [textPart('here again')],
      });
    const host = await far.work({
      queue: 'chat',
      concurrency: 4,
      handlers: { 'chat.complete': (job, { run }) => answer(job, run) },
    });
    await proxy.sever();
    await pause(300);
    await proxy.restore();
    const answered = async (): Promise<boolean> => {
      const job = aChatJob(inbox.address);
      const messages: ReplyMessage[] = [];
      const listener = inbox.listen(job.requestContext.requestId, (message) => void messages.push(message));
      await near.producer().enqueue('chat.complete', job, { id: job.requestContext.requestId });
      await eventually(() => messages.length > 0, 5_000).finally(() => listener.close());
      return textOf(messages) === 'here again';
    };
    await eventually(answered, 60_000);
    await host.close(1_000);
    await inbox.close();
    await near.close();
    await far.close();
    await proxy.close();
  });
}
