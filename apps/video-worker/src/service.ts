import { Module } from '@nestjs/common';
import { startPeriodicTask, type PeriodicTask } from '@lumenfall/async';
import { openClient, ping } from '@lumenfall/database';
import { videoStore } from '@lumenfall/videos';
import { concurrencyVariable, limitsOf, limitVariables, openWorker, workerShape } from '@lumenfall/execution';
import { mediaShape, openMediaStore } from '@lumenfall/media';
import { fetchMedia } from '@lumenfall/providers';
import type { WorkerHost } from '@lumenfall/queue';
import { databaseUrlVariable, type ServiceDefinition } from '@lumenfall/service-kit';
import { z } from 'zod';
import { advanceVideo } from './videos/advance-video.js';
import { sweepVideos } from './videos/sweep-videos.js';

const SWEEP_MS = 5_000;

const configurationSchema = z.looseObject({
  ...workerShape,
  DATABASE_URL: databaseUrlVariable,
  ...mediaShape,
  /** Steps of videos running at once. Videos do not wait in memory, so this is not the number of videos. */
  VIDEO_CONCURRENCY: concurrencyVariable(32),
  // Shorter than the reservation of a row while it is submitted.
  ...limitVariables(
    'VIDEO_SUBMIT',
    { connectMs: 5_000, firstByteMs: 60_000, idleMs: 30_000, wholeMs: 60_000 },
    110_000,
  ),
  ...limitVariables('VIDEO_POLL', { connectMs: 5_000, firstByteMs: 30_000, idleMs: 30_000, wholeMs: 30_000 }, 110_000),
});

@Module({})
class VideoWorkerModule {}

export const videoWorkerService: ServiceDefinition<z.infer<typeof configurationSchema>> = {
  name: 'video-worker',
  configuration: configurationSchema,
  async build({ configuration, log }) {
    const { MEDIA_DIR: dir, MEDIA_URL: url } = configuration;
    const store = await openMediaStore({ dir, url });
    const client = openClient(configuration.DATABASE_URL);
    const worker = await openWorker('video', configuration, log);
    const { engine, clients, health } = worker;
    const limits = { submit: limitsOf('VIDEO_SUBMIT', configuration), poll: limitsOf('VIDEO_POLL', configuration) };
    const ports = {
      videos: videoStore(client),
      producer: engine.producer(),
      usage: engine.usageLog(),
      clients,
      health,
      limits,
      fetchMedia,
      store,
      log,
    };
    let host: WorkerHost | undefined;
    let sweeping: PeriodicTask | undefined;
    return {
      module: VideoWorkerModule,
      listen: { host: configuration.HOST, port: configuration.PORT },
      ready: async () => {
        await Promise.all([engine.ping(), ping(client)]);
      },
      start: async () => {
        host = await engine.work({
          queue: 'video',
          concurrency: configuration.VIDEO_CONCURRENCY,
          handlers: {
            'video.submit': ({ requestId }, context) => advanceVideo(requestId, context, ports),
            'video.poll': ({ requestId }, context) => advanceVideo(requestId, context, ports),
          },
          // The row is unchanged: the sweep adds a new job for it.
          onAbandoned: async (name, _payload, reason) => log.error({ job: name, reason }, 'a job was given up'),
        });
        sweeping = startPeriodicTask(async () => void (await sweepVideos(ports)), {
          everyMs: SWEEP_MS,
          onError: (error) => log.error({ err: error }, 'the sweep of videos failed; it runs again'),
        });
      },
      closeBeforeHttp: [
        { name: 'sweep', run: async () => sweeping?.close() },
        { name: 'running video steps', run: async () => host?.close(configuration.SHUTDOWN_GRACE_MS) },
      ],
      close: [
        ...worker.close,
        { name: 'media', run: () => store.close() },
        { name: 'database', run: () => client.$disconnect() },
      ],
    };
  },
};
