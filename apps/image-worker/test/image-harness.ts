import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReplyPart, UsageRecord } from '@lumenfall/contracts';
import { migrateDatabase, openClient } from '@lumenfall/database';
import { imageRunStore, type ImageRunStore } from '@lumenfall/image-runs';
import { HealthWatch } from '@lumenfall/execution';
import { openMediaStore } from '@lumenfall/media';
import { GENERATION } from '@lumenfall/providers';
import {
  openQueueEngine,
  type QueueEngine,
  type ReplyInbox,
  type ReplyOutbox,
  type UsageAppender,
} from '@lumenfall/queue';
import { createLogger } from '@lumenfall/service-kit';
import { filledDatabase, takeUsageRecords, type FreshDatabase } from '@lumenfall/testing';
import type { ImagePorts } from '../src/images/generate-images.js';
import type { ImageJob } from '../src/images/image-route.js';
import { fetchBytes, scriptedImages } from './scripted-images.js';

const log = createLogger('test', 'silent');

/**
 * The ports of an image worker, real except for the providers. Registers its setup and teardown with the tests of the
 * file.
 */
export class ImageHarness {
  database!: { imageRuns: ImageRunStore; close(): Promise<void> };
  engine!: QueueEngine;
  inbox!: ReplyInbox;
  #outbox!: ReplyOutbox;
  /** The media folder; a new one for each test. */
  dir = '';
  #fresh!: FreshDatabase;

  /** @param queueUrl by default the same PostgreSQL database */
  constructor(queueUrl: () => string | null = () => null) {
    beforeAll(() => this.#start(queueUrl()));
    afterAll(() => this.#close());
    beforeEach(async () => void (this.dir = await mkdtemp(join(tmpdir(), 'images-'))));
    afterEach(() => rm(this.dir, { recursive: true, force: true }));
  }

  async portsOf(
    scripts: Parameters<typeof scriptedImages>[0],
    usage: UsageAppender = this.engine.usageLog(),
  ): Promise<ImagePorts> {
    const { clients } = scriptedImages(scripts);
    return {
      runs: this.database.imageRuns,
      usage,
      outbox: this.#outbox,
      clients,
      // Tests must not share the health of their providers.
      health: new HealthWatch(null, log),
      limits: GENERATION,
      fetchMedia: fetchBytes,
      store: await openMediaStore({ dir: this.dir }),
      log,
    };
  }

  /** The job as a gateway adds it: its run has a row, and its reply arrives in `parts`. */
  async accepted(job: ImageJob): Promise<{ job: ImageJob; parts: ReplyPart[]; cancel: () => Promise<void> }> {
    const { requestId, organizationId, keyId } = job.requestContext;
    const run = { requestId, organizationId, keyId, bodyHash: 'a body', deadline: new Date(job.deadline) };
    await this.database.imageRuns.begin({ ...run, idempotencyKey: null }, { repeated: false });
    const parts: ReplyPart[] = [];
    const listener = this.inbox.listen(requestId, (message) => parts.push(...message.parts));
    return { job: { ...job, replyTo: this.inbox.address }, parts, cancel: () => listener.cancel() };
  }

  /** Takes the usage records of a request from the log; several if it was sent again. */
  async recordsOf({ requestContext }: ImageJob): Promise<UsageRecord[]> {
    const records = await takeUsageRecords(this.engine.usageLog());
    return records.filter(({ requestId }) => requestId === requestContext.requestId);
  }

  files(): Promise<string[]> {
    return readdir(this.dir);
  }

  async #start(queueUrl: string | null): Promise<void> {
    this.#fresh = await filledDatabase('migrated', (empty) => migrateDatabase(empty, log));
    const client = openClient(this.#fresh.url, { maxConnections: 4 });
    this.database = { imageRuns: imageRunStore(client), close: () => client.$disconnect() };
    this.engine = await openQueueEngine(queueUrl ?? this.#fresh.url, { stallMs: 2_000 });
    this.inbox = await this.engine.openInbox();
    this.#outbox = await this.engine.openOutbox();
  }

  async #close(): Promise<void> {
    await this.inbox.close();
    await this.engine.close();
    await this.database.close();
    await this.#fresh.drop();
  }
}
