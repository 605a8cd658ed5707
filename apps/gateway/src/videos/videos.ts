import { planVideo, type ProviderAvailability } from '@lumenfall/catalog';
import { estimateMicrosOf } from '@lumenfall/metering';
import { jobOf, type EarlierVideo, type NewVideo, type VideoRow, type VideoStore } from '@lumenfall/videos';
import {
  apiError,
  fail,
  succeed,
  videoBodySchema,
  type StoredVideoRequest,
  type Plan,
  type Result,
  type VideoBody,
} from '@lumenfall/contracts';
import type { MediaStore } from '@lumenfall/media';
import type { JobProducer } from '@lumenfall/queue';
import { validationError, type Logger } from '@lumenfall/service-kit';
import type { FastifyRequest } from 'fastify';
import type { CreditGate } from '../admission/credit.js';
import { requestContextOf } from '../admission/request-context.js';
import { bodyHashOf, idempotencyKeyOf } from '../admission/idempotency.js';
import type { OverloadGate } from '../admission/overload.js';
import type { Principal } from '../authentication/principal.js';
import type { CatalogSource } from '../models/live-catalog.js';
import { missingModel } from '../models/missing-model.js';
import { planningContextOf } from '../models/planning-context.js';
import type { ImageOrigins } from '../uploads/settle-image.js';
import { Uploads, type UploadLimits } from '../uploads/uploads.js';
import { withoutEmptyFields } from '../admission/empty-fields.js';
import { readVideo } from './read-video.js';
import { settleReferences } from './settle-references.js';

/**
 * From acceptance to the terminal state of a video. The worker ends a video that is past its deadline, and with it the
 * hold.
 */
const DEADLINE_MS = 2 * 3_600_000;
/** Reference images are needed until the deadline: a video may be submitted again to another provider. */
const REFERENCE_LIMITS: UploadLimits = { bytes: 80 * 1024 * 1024, lifetimeMs: DEADLINE_MS + 10 * 60_000 };

export interface PlannedVideo {
  body: VideoBody;
  plan: Plan;
  request: StoredVideoRequest;
  /** Of the body, with the identity of each reference image in place of the image. */
  bodyHash: string;
  idempotencyKey: string | null;
}

export interface VideosDependencies extends Omit<ImageOrigins, 'media'> {
  media: MediaStore;
  catalog: CatalogSource;
  available: ProviderAvailability[];
  credit: CreditGate;
  overload: OverloadGate;
  database: { videos: VideoStore };
  producer: JobProducer;
  log: Logger;
}

/** Plans and accepts video requests. An accepted request is a row in the database: the promise that a 202 makes. */
export class Videos {
  constructor(private readonly parts: VideosDependencies) {}

  /** Holds the reference images of one request; to be released once it is accepted, and discarded otherwise. */
  uploads(): Uploads {
    return new Uploads(this.parts.media, REFERENCE_LIMITS);
  }

  /**
   * Errors: `INVALID_REQUEST`, `PAYLOAD_TOO_LARGE`, `MODEL_NOT_FOUND`, `MODEL_DISABLED`, `UNPRICED_MODEL`.
   *
   * @param departed aborted when the client leaves
   */
  async plan(
    request: FastifyRequest,
    principal: Principal,
    uploads: Uploads,
    departed: AbortSignal,
  ): Promise<Result<PlannedVideo>> {
    const read = await readVideo(request, uploads);
    if (!read.ok) return read;
    const { catalog, available } = this.parts;
    const context = planningContextOf(principal, available);
    const missing = missingModel(read.value.body, 'text-to-video', catalog.current(), context);
    if (missing) return fail(missing);
    const parsed = videoBodySchema.safeParse(withoutEmptyFields(read.value.body, videoBodySchema.shape));
    if (!parsed.success) return fail(validationError(parsed.error));
    const body = parsed.data;
    if (body.webhook_url !== null && body.webhook_url !== undefined) {
      const message = 'webhook_url is not supported yet. Poll GET /openai/v1/videos/{id}';
      return fail(apiError('INVALID_REQUEST', message, { param: 'webhook_url' }));
    }
    const key = idempotencyKeyOf(body, request.headers['idempotency-key']);
    if (!key.ok) return key;
    const planned = planVideo(catalog.current(), context, body);
    if (!planned.ok) return planned;
    const settled = await settleReferences(body.input_reference, read.value.files, uploads, this.parts, departed);
    if (!settled.ok) return settled;
    const { references, identities } = settled.value;
    return succeed({
      body,
      plan: planned.value.plan,
      request: { ...planned.value.request, inputReferences: references },
      bodyHash: bodyHashOf(references.length === 0 ? body : { ...body, input_reference: identities }),
      idempotencyKey: key.value,
    });
  }

  /** Errors: `OVERLOADED`, `INSUFFICIENT_BALANCE`, `IDEMPOTENCY_CONFLICT`. */
  async create(
    request: FastifyRequest,
    principal: Principal,
    planned: PlannedVideo,
  ): Promise<Result<{ video: VideoRow; replayed: boolean }>> {
    const { body, plan } = planned;
    const requestContext = requestContextOf(request, principal, {
      modality: 'video',
      model: body.model,
      user: body.user ?? null,
    });
    const { requestId, organizationId } = requestContext;
    const earlier = await this.#reachable(() => this.#earlier(organizationId, planned));
    if (!earlier.ok) return earlier;
    if (earlier.value) return repeatOf(earlier.value, body);
    const room = await this.parts.overload.check('video');
    if (!room.ok) return room;
    const deadline = Date.now() + DEADLINE_MS;
    const mediaRetention = body.media_retention ?? principal.mediaRetention;
    const held = await this.parts.credit.hold({ requestId, organizationId, plan, deadline });
    if (!held.ok) return held;
    const row = { requestContext, mediaRetention, deadline: new Date(deadline), nextActionAt: new Date() };
    const result = await this.#reachable(() => this.#write(planned, row));
    if (!result.ok) {
      // If the commit succeeded although its answer was lost, the sweep finds the row; its usage is charged without a
      // hold.
      await this.parts.credit.release(requestId);
      return result;
    }
    const written = result.value;
    if (written.outcome === 'created') {
      request.accepted = true;
      await this.#submit(written.video);
      return succeed({ video: written.video, replayed: false });
    }
    await this.parts.credit.release(requestId);
    return repeatOf(written, body);
  }

  /** The result of a database call; a failed one is an `OVERLOADED`, and is logged. */
  async #reachable<T>(call: () => Promise<T>): Promise<Result<T>> {
    try {
      return succeed(await call());
    } catch (error) {
      this.parts.log.error({ err: error }, 'a video was refused: the database does not answer');
      const message = 'The request cannot be accepted at the moment. Send it again in a few seconds';
      return fail(apiError('OVERLOADED', message, { retryAfterMs: 2_000 }));
    }
  }

  /** A repeat is answered before its balance is checked. */
  async #earlier(organizationId: string, { bodyHash, idempotencyKey }: PlannedVideo): Promise<EarlierVideo | null> {
    if (idempotencyKey === null) return null;
    return this.parts.database.videos.findEarlier({ organizationId, idempotencyKey, bodyHash });
  }

  #write(
    planned: PlannedVideo,
    admitted: Pick<NewVideo, 'requestContext' | 'mediaRetention' | 'deadline' | 'nextActionAt'>,
  ) {
    const { body, plan, request, bodyHash, idempotencyKey } = planned;
    return this.parts.database.videos.create({
      ...admitted,
      plan,
      request,
      prompt: body.prompt,
      seconds: String(body.seconds ?? body.duration ?? request.seconds),
      size: body.size ?? request.size,
      clientMetadata: body.metadata ?? null,
      estimateMicros: estimateMicrosOf(plan),
      idempotencyKey,
      bodyHash,
    });
  }

  /** If this fails, the worker's sweep finds the row and enqueues the job. */
  async #submit(row: VideoRow): Promise<void> {
    const { requestId } = row;
    const { name, id } = jobOf(row);
    try {
      await this.parts.producer.enqueue(name, { requestId }, { id });
    } catch (error) {
      this.parts.log.warn({ err: error, requestId }, 'the job of a video was not enqueued; the sweep enqueues it');
    }
  }
}

function repeatOf({ outcome, video }: EarlierVideo, body: VideoBody): Result<{ video: VideoRow; replayed: boolean }> {
  if (outcome === 'replayed') return succeed({ video, replayed: true });
  return fail(
    apiError('IDEMPOTENCY_CONFLICT', 'The idempotency key was used for another request within the last 24 hours', {
      param: body.idempotency_key ? 'idempotency_key' : null,
    }),
  );
}
