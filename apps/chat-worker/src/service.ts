import { Module } from '@nestjs/common';
import {
  concurrencyVariable,
  endAbandonedAnswer,
  limitsOf,
  limitVariables,
  openWorker,
  workerShape,
} from '@lumenfall/execution';
import type { WorkerHost } from '@lumenfall/queue';
import { integerVariable, type ServiceDefinition } from '@lumenfall/service-kit';
import { z } from 'zod';
import { completeChat } from './chat/complete-chat.js';

const configurationSchema = z.looseObject({
  ...workerShape,
  /** Chats running at once; each mostly waits for its provider. */
  CHAT_CONCURRENCY: concurrencyVariable(256),
  /** Call a second provider if the first has been silent for this long, in ms; 0 is never. */
  CHAT_HEDGE_AFTER_MS: integerVariable(0, { min: 0, max: 600_000 }),
  ...limitVariables('CHAT', { connectMs: 5_000, firstByteMs: 120_000, idleMs: 120_000, wholeMs: 600_000 }),
});

@Module({})
class ChatWorkerModule {}

export const chatWorkerService: ServiceDefinition<z.infer<typeof configurationSchema>> = {
  name: 'chat-worker',
  configuration: configurationSchema,
  async build({ configuration, log }) {
    const worker = await openWorker('chat', configuration, log);
    const { engine, clients, health } = worker;
    const outbox = await engine.openOutbox();
    const ports = {
      usage: engine.usageLog(),
      outbox,
      clients,
      health,
      limits: limitsOf('CHAT', configuration),
      hedgeAfterMs: configuration.CHAT_HEDGE_AFTER_MS || null,
      log,
    };
    let host: WorkerHost | undefined;
    return {
      module: ChatWorkerModule,
      listen: { host: configuration.HOST, port: configuration.PORT },
      ready: () => engine.ping(),
      start: async () => {
        host = await engine.work({
          queue: 'chat',
          concurrency: configuration.CHAT_CONCURRENCY,
          handlers: { 'chat.complete': (job, context) => completeChat(job, context, ports) },
          onAbandoned: (name, payload, reason) => endAbandonedAnswer({ name, payload, reason }, ports),
        });
      },
      closeBeforeHttp: [{ name: 'running chats', run: async () => host?.close(configuration.SHUTDOWN_GRACE_MS) }],
      close: [{ name: 'reply channel', run: () => outbox.close() }, ...worker.close],
    };
  },
};
