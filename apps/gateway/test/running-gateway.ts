import { apiKeyStore, organizationStore, type CreatedApiKey, type NewApiKey } from '@lumenfall/accounts';
import { migrateDatabase, openClient } from '@lumenfall/database';
import { imageRunStore } from '@lumenfall/image-runs';
import { videoStore } from '@lumenfall/videos';
import { openMediaStore, type MediaStore } from '@lumenfall/media';
import { openQueueEngine, type QueueEngine } from '@lumenfall/queue';
import { createLogger, startService, unwrap, type RunningService } from '@lumenfall/service-kit';
import { filledDatabase, type FreshDatabase } from '@lumenfall/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayService } from '../src/service.js';
import { BillingStandIn } from './billing-stand-in.js';
import { ScriptedWorker } from './scripted-worker.js';

interface Route {
  method: string;
  pattern: string;
}

/** What the tests read and write beside the gateway. */
export type TestStores = ReturnType<typeof openStores>;

function openStores(url: string) {
  const client = openClient(url, { maxConnections: 3 });
  return {
    apiKeys: apiKeyStore(client),
    organizations: organizationStore(client),
    videos: videoStore(client),
    imageRuns: imageRunStore(client),
    /** Runs `work` while the table of videos is missing, as far as the gateway can see. */
    withoutVideos: async <T>(work: () => Promise<T>): Promise<T> => {
      await client.$executeRaw`ALTER TABLE videos RENAME TO videos_elsewhere`;
      try {
        return await work();
      } finally {
        await client.$executeRaw`ALTER TABLE videos_elsewhere RENAME TO videos`;
      }
    },
    close: () => client.$disconnect(),
  };
}

/** The gateway itself, in this process, on a real database and queue, with scripted workers behind it. */
export class RunningGateway {
  readonly billing = new BillingStandIn();
  worker!: ScriptedWorker;
  database!: TestStores;
  engine!: QueueEngine;
  media!: MediaStore;
  service!: RunningService;
  /** What the service was started with. */
  environment: Record<string, string> = {};
  organizationId = '';
  key = '';
  #fresh!: FreshDatabase;
  #mediaDir = '';
  readonly #routes: Route[] = [];

  /** @param queueUrl by default the same PostgreSQL database */
  async start(environment: Record<string, string> = {}, queueUrl?: string): Promise<this> {
    this.#fresh = await filledDatabase('migrated', (empty) => migrateDatabase(empty, createLogger('test', 'silent')));
    const { url } = this.#fresh;
    this.database = openStores(url);
    this.organizationId = (await this.database.organizations.ensure({ slug: 'test', name: 'Test' })).id;
    this.key = (await this.newKey('test')).key;
    this.#mediaDir = await mkdtemp(join(tmpdir(), 'gateway-media-'));
    this.media = await openMediaStore({ dir: this.#mediaDir });
    this.engine = await openQueueEngine(queueUrl ?? url, { name: 'test' });
    this.worker = new ScriptedWorker(this.engine, this.billing.records);
    await this.worker.start();
    this.environment = {
      DATABASE_URL: url,
      QUEUE_URL: queueUrl ?? url,
      BILLING_URL: await this.billing.start(),
      MEDIA_DIR: this.#mediaDir,
      SANDBOX_URL: 'http://127.0.0.1:9',
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
      ...environment,
    };
    this.service = await startService(this.#watched(), this.environment);
    return this;
  }

  /** Every route that was registered. */
  routes(): readonly Route[] {
    return this.#routes;
  }

  /** The service as it is, with a look at its routes. */
  #watched(): typeof gatewayService {
    return {
      ...gatewayService,
      build: async (context) => {
        const parts = await gatewayService.build(context);
        const configure = (app: NestFastifyApplication): void => {
          app
            .getHttpAdapter()
            .getInstance()
            .addHook('onRoute', ({ method, url }) => {
              for (const one of [method].flat()) if (url !== '*') this.#routes.push({ method: one, pattern: url });
            });
          void parts.configure?.(app);
        };
        return { ...parts, configure };
      },
    };
  }

  async stop(): Promise<void> {
    await this.service.close();
    await this.worker.stop();
    await this.engine.close();
    await this.billing.stop();
    await this.database.close();
    await this.#fresh.drop();
    await rm(this.#mediaDir, { recursive: true, force: true });
  }

  async newKey(name: string, key: NewApiKey = {}, organizationId = this.organizationId): Promise<CreatedApiKey> {
    return unwrap(await this.database.apiKeys.create(organizationId, name, key));
  }

  /** What lies in the store's folder. */
  mediaFiles(): Promise<string[]> {
    return readdir(this.#mediaDir);
  }

  /** With the key, as JSON, unless `init` says otherwise. */
  call(path: string, init: RequestInit & { json?: unknown } = {}): Promise<Response> {
    const { json, ...rest } = init;
    const headers = new Headers(rest.headers);
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${this.key}`);
    if (json !== undefined) headers.set('content-type', 'application/json');
    return fetch(`${this.service.url}${path}`, {
      ...rest,
      headers,
      ...(json !== undefined && { method: 'POST', body: JSON.stringify(json) }),
    });
  }
}

export const chatBody = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  model: 'openai/gpt-5.4-mini',
  messages: [{ role: 'user', content: 'Hi' }],
  ...more,
});

export interface Envelope {
  error: { message: string; type: string; code: string; param: string | null };
}

export const errorOf = async (answer: Response): Promise<Envelope['error']> =>
  ((await answer.json()) as Envelope).error;
