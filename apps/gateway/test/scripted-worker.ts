import type { AnswerMetadata, ChatChunk, JobPayload, ReplyPart, UsageRecord } from '@lumenfall/contracts';
import type { QueueEngine, ReplyOutbox, RunContext, WorkerHost } from '@lumenfall/queue';
import { followUsageLog } from '@lumenfall/testing';

export type Send = (...parts: ReplyPart[]) => Promise<void>;
type Script<N extends 'chat.complete' | 'image.generate'> = (
  job: JobPayload<N>,
  send: Send,
  context: RunContext,
) => Promise<void>;

export const metadata: AnswerMetadata = {
  model: 'openai/gpt-5.4-mini',
  executed_model: 'openrouter/openai/gpt-5.4-mini',
  provider: 'openrouter',
  provider_name: 'OpenRouter',
  cost: 0.002,
  cost_currency: 'USD',
  attempts: [],
};

export const chunk = (
  delta: ChatChunk['choices'][number]['delta'],
  finish_reason: string | null = null,
): ReplyPart => ({
  type: 'chunk',
  chunk: {
    id: 'gen-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'upstream',
    choices: [{ index: 0, delta, finish_reason }],
  },
});

export const end: ReplyPart = {
  type: 'chat-end',
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  metadata,
};

/** Real worker hosts on the real queue; what they answer is written by each test. */
export class ScriptedWorker {
  chat: Script<'chat.complete'> = async (_job, send) =>
    send(chunk({ role: 'assistant', content: 'Hello' }), chunk({}, 'stop'), end);
  image: Script<'image.generate'> = () => Promise.reject(new Error('no script for images'));
  readonly videoJobs: { name: string; requestId: string }[] = [];
  readonly #hosts: WorkerHost[] = [];
  #log: { close(): Promise<void> } | undefined;

  constructor(
    private readonly engine: QueueEngine,
    private readonly records: UsageRecord[],
  ) {}

  async start(): Promise<void> {
    const outbox = await this.engine.openOutbox();
    const { engine } = this;
    this.#hosts.push(
      await engine.work({
        queue: 'chat',
        concurrency: 32,
        handlers: { 'chat.complete': (job, context) => this.chat(job, sender(outbox, job, context), context) },
      }),
      await engine.work({
        queue: 'image',
        concurrency: 8,
        handlers: { 'image.generate': (job, context) => this.image(job, sender(outbox, job, context), context) },
      }),
      await engine.work({
        queue: 'video',
        concurrency: 8,
        handlers: {
          'video.submit': async ({ requestId }) => void this.videoJobs.push({ name: 'video.submit', requestId }),
          'video.poll': async ({ requestId }) => void this.videoJobs.push({ name: 'video.poll', requestId }),
        },
      }),
    );
    this.#log = await followUsageLog(engine.usageLog(), async (record) => void this.records.push(record));
  }

  async stop(): Promise<void> {
    await Promise.all([this.#log?.close(), ...this.#hosts.map((host) => host.close(1_000))]);
  }
}

/** Each call is one message of the run. */
function sender(
  outbox: ReplyOutbox,
  job: { replyTo: string; requestContext: { requestId: string } },
  { run }: RunContext,
): Send {
  let seq = 0;
  return (...parts) => outbox.send(job.replyTo, { requestId: job.requestContext.requestId, run, seq: seq++, parts });
}
