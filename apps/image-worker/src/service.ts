import { Module } from '@nestjs/common';
import { startPeriodicTask, type PeriodicTask } from '@lumenfall/async';
import { openClient, ping } from '@lumenfall/database';
import { imageRunStore } from '@lumenfall/image-runs';
import {
  concurrencyVariable,
  endAbandonedAnswer,
  limitsOf,
  limitVariables,
  openWorker,
  workerShape,
} from '@lumenfall/execution';
import { mediaShape, openMediaStore } from '@lumenfall/media';
import { fetchMedia } from '@lumenfall/providers';
import type { WorkerHost } from '@lumenfall/queue';
import { databaseUrlVariable, integerVariable, type ServiceDefinition } from '@lumenfall/service-kit';
import { z } from 'zod';
import { generateImages } from './images/generate-images.js';
import { settleAbandonedRun } from './images/image-outcome.js';
import { sendLostRecords } from './images/lost-records.js';

const SWEEP_MS = 30_000;

const configurationSchema = z.looseObject({
  ...workerShape,
  DATABASE_URL: databaseUrlVariable,
  /** An image request uses one briefly at its end. */
  DATABASE_CONNECTIONS: integerVariable(4, { min: 1, max: 500 }),
  ...mediaShape,
  /** Image requests running at once; each keeps its images in memory. */
  IMAGE_CONCURRENCY: concurrencyVariable(8),
  ...limitVariables('IMAGE', { connectMs: 5_000, firstByteMs: 180_000, idleMs: 60_000, wholeMs: 300_000 }),
});

@Module({})
class ImageWorkerModule {}

export const imageWorkerService: ServiceDefinition<z.infer<typeof configurationSchema>> = {
  name: 'image-worker',
  configuration: configurationSchema,
  async build({ configuration, log }) {
    const { MEDIA_DIR: dir, MEDIA_URL: url } = configuration;
    const store = await openMediaStore({ dir, url });
    const client = openClient(configuration.DATABASE_URL, { maxConnections: configuration.DATABASE_CONNECTIONS });
    const worker = await openWorker('image', configuration, log);
    const { engine, clients, health } = worker;
    const outbox = await engine.openOutbox();
    const runs = imageRunStore(client);
    const ports = {
      runs,
      usage: engine.usageLog(),
      outbox,
      clients,
      health,
      limits: limitsOf('IMAGE', configuration),
      fetchMedia,
      store,
      log,
    };
    let host: WorkerHost | undefined;
    let sweeping: PeriodicTask | undefined;
    return {
      module: ImageWorkerModule,
      listen: { host: configuration.HOST, port: configuration.PORT },
      ready: () => Promise.all([engine.ping(), ping(client)]),
      start: async () => {
        host = await engine.work({
          queue: 'image',
          concurrency: configuration.IMAGE_CONCURRENCY,
          handlers: { 'image.generate': (job, context) => generateImages(job, context, ports) },
          onAbandoned: (name, payload, reason) =>
            endAbandonedAnswer({ name, payload, reason }, { ...ports, settle: settleAbandonedRun(runs) }),
        });
        sweeping = startPeriodicTask(() => sendLostRecords(ports), {
          everyMs: SWEEP_MS,
          onError: (error) => log.error({ err: error }, 'the sweep of lost records failed; it runs again'),
        });
      },
      closeBeforeHttp: [
        { name: 'sweep', run: async () => sweeping?.close() },
        { name: 'running image requests', run: async () => host?.close(configuration.SHUTDOWN_GRACE_MS) },
      ],
      close: [
        { name: 'reply channel', run: () => outbox.close() },
        ...worker.close,
        { name: 'media', run: () => store.close() },
        { name: 'database', run: () => client.$disconnect() },
      ],
    };
  },
};
