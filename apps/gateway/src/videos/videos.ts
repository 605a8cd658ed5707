import { planVideo, type ProviderAvailability } from '@lumenfall/catalog';
import { estimateMicrosOf } from '@lumenfall/metering';
import { jobOf, type EarlierVideo, type NewVideo, type VideoRow, type VideoStore } from '@lumenfall/videos';
import {
  apiError,
  fail,
  succeed,
  videoBodySchema,
  type Plan,
  type Result,
  type VideoBody,
  type VideoRequest,
} from '@lumenfall/contracts';
import type { JobProducer } from '@lumenfall/queue';
import { validationError, type Logger } from '@lumenfall/service-kit';
import type { FastifyRequest } from 'fastify';
import type { CreditGate } from '../admission/credit.js';
import { requestContextOf } from '../admission/request-context.js';
import { bodyHashOf, idempotencyKeyOf } from '../admission/idempotency.js';
import type { OverloadGate } from '../admission/overload.js';
import type { Principal } from '../authentication/principal.js';
import type { CatalogSource } from '../models/live-catalog.js';
import { problemOfReferences } from './reference-problem.js';

/** How long a provider may take before the video counts as failed. */
const DEADLINE_MS = 2 * 3_600_000;

export interface PlannedVideo {
  body: VideoBody;
  plan: Plan;
  request: VideoRequest;
  idempotencyKey: string | null;
}

export interface VideosDependencies {
  catalog: CatalogSource;
  available: ProviderAvailability[];
  credit: CreditGate;
  overload: OverloadGate;
  database: { videos: VideoStore };
  producer: JobProducer;
  log: Logger;
}

/** From a body to a row in the database, which is the promise that a 202 makes. */
export class Videos {
  constructor(private readonly parts: VideosDependencies) {}

  /** Errors: `INVALID_REQUEST`, `MODEL_NOT_FOUND`, `MODEL_DISABLED`, `UNPRICED_MODEL`. */
  async plan(
    json: unknown,
    principal: Principal,
    idempotencyHeader: string | string[] | undefined,
  ): Promise<Result<PlannedVideo>> {
    const parsed = videoBodySchema.safeParse(json);
    if (!parsed.success) return fail(validationError(parsed.error));
    const body = parsed.data;
    if (body.webhook_url !== null && body.webhook_url !== undefined) {
      return fail(
        apiError('INVALID_REQUEST', 'webhook_url is not supported yet. Poll GET /openai/v1/videos/{id}', {
          param: 'webhook_url',
        }),
      );
    }
    const key = idempotencyKeyOf(body, idempotencyHeader);
    if (!key.ok) return key;
    const { catalog, available } = this.parts;
    const planned = planVideo(catalog.current(), { available, rules: principal.rules }, body);
    const problem = planned.ok ? await problemOfReferences(body.input_reference) : null;
    if (problem !== null) return fail(problem);
    return planned.ok ? succeed({ body, ...planned.value, idempotencyKey: key.value }) : planned;
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
    const earlier = await this.#earlier(organizationId, planned);
    if (earlier) return repeatOf(earlier, body);
    const room = await this.parts.overload.check('video');
    if (!room.ok) return room;
    const deadline = Date.now() + DEADLINE_MS;
    const mediaRetention = body.media_retention ?? principal.mediaRetention;
    const held = await this.parts.credit.hold({ requestId, organizationId, plan, deadline });
    if (!held.ok) return held;
    const written = await this.#write(planned, {
      requestContext,
      mediaRetention,
      deadline: new Date(deadline),
      nextActionAt: new Date(),
    });
    if (written.outcome === 'created') {
      request.accepted = true;
      await this.#submit(written.video);
      return succeed({ video: written.video, replayed: false });
    }
    await this.parts.credit.release(requestId);
    return repeatOf(written, body);
  }

  /** A repeat is answered before anything is asked of its balance. */
  async #earlier(organizationId: string, { body, idempotencyKey }: PlannedVideo): Promise<EarlierVideo | null> {
    if (idempotencyKey === null) return null;
    return this.parts.database.videos.findEarlier({ organizationId, idempotencyKey, bodyHash: bodyHashOf(body) });
  }

  #write(
    planned: PlannedVideo,
    admitted: Pick<NewVideo, 'requestContext' | 'mediaRetention' | 'deadline' | 'nextActionAt'>,
  ) {
    const { body, plan, request, idempotencyKey } = planned;
    return this.parts.database.videos.create({
      ...admitted,
      plan,
      request,
      prompt: body.prompt,
      clientMetadata: body.metadata ?? null,
      estimateMicros: estimateMicrosOf(plan),
      idempotencyKey,
      bodyHash: bodyHashOf(body),
    });
  }

  /** The row stands: without the job the sweep finds it, only later. */
  async #submit(row: VideoRow): Promise<void> {
    const { requestId } = row;
    const { name, id } = jobOf(row);
    try {
      await this.parts.producer.enqueue(name, { requestId }, { id });
    } catch (error) {
      this.parts.log.warn({ err: error, requestId }, 'a video was not queued; the sweep will');
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
