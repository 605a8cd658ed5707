import type { JobPayload, ReplyMessage, ReplyPart, UsageRecord } from '@lumenfall/contracts';
import { HealthWatch, endAbandonedAnswer } from '@lumenfall/execution';
import { GENERATION } from '@lumenfall/providers';
import { openQueueEngine, type QueueEngine, type ReplyListener, type WorkerHost } from '@lumenfall/queue';
import { createLogger } from '@lumenfall/service-kit';
import { eventually, takeUsageRecords } from '@lumenfall/testing';
import { completeChat } from '../src/chat/complete-chat.js';
import type { ScriptedChats } from './scripted-chat.js';

const log = createLogger('test', 'silent');

/** A chat as its client sees it. */
export interface Waiting {
  messages: ReplyMessage[];
  parts(): ReplyPart[];
  /** Fulfils with the last part. */
  last(): Promise<ReplyPart>;
  listener: ReplyListener;
}

/** A real queue with a gateway's inbox and any number of chat workers. */
export async function openChatHarness(url: string) {
  const engine = await openQueueEngine(url, { stallMs: 1_000 });
  const producer = engine.producer();
  const inbox = await engine.openInbox();
  const others: QueueEngine[] = [];
  const hosts: WorkerHost[] = [];

  /** Starts a worker with its own connections, as in another process. */
  async function startWorker({ clients }: Pick<ScriptedChats, 'clients'>): Promise<WorkerHost> {
    const own = await openQueueEngine(url, { stallMs: 1_000 });
    const ports = {
      usage: own.usageLog(),
      outbox: await own.openOutbox(),
      clients,
      // Tests must not share the health of their providers.
      health: new HealthWatch(null, log),
      limits: GENERATION,
      hedgeAfterMs: null,
      log,
    };
    const host = await own.work({
      queue: 'chat',
      concurrency: 8,
      handlers: { 'chat.complete': (job, context) => completeChat(job, context, ports) },
      onAbandoned: (name, payload, reason) => endAbandonedAnswer({ name, payload, reason }, ports),
    });
    others.push(own);
    hosts.push(host);
    return host;
  }

  async function ask(job: JobPayload<'chat.complete'>): Promise<Waiting> {
    const messages: ReplyMessage[] = [];
    const { requestId } = job.requestContext;
    const listener = inbox.listen(requestId, (message) => messages.push(message));
    await producer.enqueue('chat.complete', { ...job, replyTo: inbox.address }, { id: requestId });
    const parts = (): ReplyPart[] => messages.flatMap((message) => message.parts);
    return {
      messages,
      parts,
      listener,
      last: () => eventually(() => parts().find(({ type }) => type !== 'chunk')),
    };
  }

  /** Number of usage records that wait for billing. */
  const waitingRecords = async (): Promise<number> => (await engine.usageLog().figures()).depth;

  /** All usage records of a request, taken from the log. */
  async function records(requestId: string): Promise<UsageRecord[]> {
    const found = await takeUsageRecords(engine.usageLog());
    return found.filter((record) => record.requestId === requestId);
  }

  async function close(): Promise<void> {
    await Promise.all(hosts.map((host) => host.close(0)));
    await inbox.close();
    await Promise.all([engine, ...others].map((each) => each.close()));
  }

  return { producer, startWorker, ask, waitingRecords, records, close };
}

export type ChatHarness = Awaited<ReturnType<typeof openChatHarness>>;
