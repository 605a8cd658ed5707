import { pause } from '@lumenfall/async';
import {
  apiError,
  fail,
  succeed,
  type ApiError,
  type Plan,
  type Result,
  type StoredVideoRequest,
  type VideoBody,
} from '@lumenfall/contracts';
import { estimateMicrosOf } from '@lumenfall/metering';
import type { JobProducer } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';
import { jobOf, type EarlierVideo, type NewVideo, type VideoRow, type VideoStore } from '@lumenfall/videos';
import type { FastifyRequest } from 'fastify';
import type { AdmissionGate } from '../admission/admission-gate.js';
import type { CreditGate } from '../admission/credit.js';
import { requestContextOf } from '../admission/request-context.js';
import type { Principal } from '../authentication/principal.js';

/**
 * From acceptance to the terminal state of a video. The worker ends a video that is past its deadline, and with it the
 * hold.
 */
export const VIDEO_DEADLINE_MS = 2 * 3_600_000;

/** How long a repeat waits for the admission of the earlier request. Placing a hold takes two seconds at most. */
const PENDING_MS = 4_000;
const PENDING_POLL_MS = 100;

export interface PlannedVideo {
  body: VideoBody;
  plan: Plan;
  request: StoredVideoRequest;
  /** Of the body, with the identity of each reference image in place of the image. */
  bodyHash: string;
  idempotencyKey: string | null;
}

export interface AdmittedVideo {
  video: VideoRow;
  /** An earlier request with the same idempotency key has created it. */
  replayed: boolean;
}

export interface AdmissionDependencies {
  credit: CreditGate;
  gate: AdmissionGate;
  database: {
    videos: Pick<VideoStore, 'create' | 'admit' | 'withdraw' | 'findEarlier' | 'get'>;
  };
  producer: JobProducer;
  log: Logger;
}

/**
 * Admits video requests: row, hold, job, in this order. The row is `pending` until the hold is placed, and `queued`
 * afterwards, which is the promise that a 202 makes. If this process dies before, the worker's sweep deletes the
 * pending row and billing ends the hold; if it dies after, the sweep adds the job.
 */
export class VideoAdmission {
  constructor(private readonly parts: AdmissionDependencies) {}

  /** Errors: those of `AdmissionGate`, `INSUFFICIENT_BALANCE`, `IDEMPOTENCY_CONFLICT`. */
  async create(request: FastifyRequest, principal: Principal, planned: PlannedVideo): Promise<Result<AdmittedVideo>> {
    const requestContext = requestContextOf(request, principal, {
      modality: 'video',
      model: planned.body.model,
      user: planned.body.user ?? null,
    });
    const earlier = await this.#reachable(() => this.#earlier(requestContext.organizationId, planned));
    if (!earlier.ok) return earlier;
    if (earlier.value !== null && earlier.value.video.state !== 'pending') return repeatOf(earlier.value, planned);
    const deadline = Date.now() + VIDEO_DEADLINE_MS;
    const admission = await this.parts.gate.admit(request, { queue: 'video', plan: planned.plan, deadline });
    if (!admission.ok) return admission;
    const created = await this.#create(planned, {
      requestContext,
      mediaRetention: planned.body.media_retention ?? principal.mediaRetention,
      deadline: new Date(deadline),
      nextActionAt: new Date(),
    });
    if (!created.ok) return created;
    if (created.value.outcome !== 'created') return repeatOf(created.value, planned);
    const admitted = await this.#admit(created.value.video);
    if (!admitted.ok) return admitted;
    request.accepted = true;
    await this.#submit(admitted.value);
    return succeed({ video: admitted.value, replayed: false });
  }

  /** Writes the pending row. Waits while a pending video has the idempotency key: it may still be refused. */
  async #create(planned: PlannedVideo, row: NewRow): Promise<Result<Created>> {
    const until = Date.now() + PENDING_MS;
    for (;;) {
      const created = await this.#reachable(() => this.#write(planned, row));
      if (!created.ok || created.value.outcome === 'created' || created.value.video.state !== 'pending') return created;
      if (Date.now() >= until) return fail(unavailable());
      await pause(PENDING_POLL_MS);
    }
  }

  /** Places the hold and queues the row; withdraws the row if it is refused. */
  async #admit({ requestId, organizationId, plan, deadline }: VideoRow): Promise<Result<VideoRow>> {
    const { credit, database } = this.parts;
    const owner = { requestId, organizationId, modality: 'video' } as const;
    const held = await credit.hold({ ...owner, plan, deadline: deadline.getTime() });
    if (!held.ok) {
      // If this fails, the worker's sweep deletes the row.
      await this.#reachable(() => database.videos.withdraw(requestId));
      return held;
    }
    const queued = await held.value.handOver(() => this.#queue(requestId));
    if (!queued.ok) return queued;
    return queued.value === 'uncertain' ? fail(unavailable()) : succeed(queued.value);
  }

  /**
   * Queues the row. `uncertain`: the database fails, so the row may be queued or not. The hold stays: billing finds
   * the row, or ends the hold.
   */
  async #queue(requestId: string): Promise<Result<VideoRow | 'uncertain'>> {
    const { videos } = this.parts.database;
    const admitted = await this.#reachable(() => videos.admit(requestId));
    if (admitted.ok && admitted.value !== null) return succeed(admitted.value);
    // If the confirmation was lost, the row is queued and stays.
    const withdrawn = await this.#reachable(() => videos.withdraw(requestId));
    const row = withdrawn.ok ? await this.#reachable(() => videos.get(requestId)) : withdrawn;
    if (!row.ok) return succeed('uncertain');
    return row.value === null ? fail(unavailable()) : succeed(row.value);
  }

  /** The result of a database call; a failed one is an `OVERLOADED`, and is logged. */
  async #reachable<T>(call: () => Promise<T>): Promise<Result<T>> {
    try {
      return succeed(await call());
    } catch (error) {
      this.parts.log.error({ err: error }, 'the database does not answer the admission of a video');
      return fail(unavailable());
    }
  }

  /** A repeat is answered even if the queue is full. */
  async #earlier(organizationId: string, { bodyHash, idempotencyKey }: PlannedVideo): Promise<EarlierVideo | null> {
    if (idempotencyKey === null) return null;
    return this.parts.database.videos.findEarlier({ organizationId, idempotencyKey, bodyHash });
  }

  #write(planned: PlannedVideo, row: NewRow): Promise<Created> {
    const { body, plan, request, bodyHash, idempotencyKey } = planned;
    return this.parts.database.videos.create({
      ...row,
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

type Created = Awaited<ReturnType<VideoStore['create']>>;
type NewRow = Pick<NewVideo, 'requestContext' | 'mediaRetention' | 'deadline' | 'nextActionAt'>;

function repeatOf({ outcome, video }: EarlierVideo, { body }: PlannedVideo): Result<AdmittedVideo> {
  if (outcome === 'replayed') return succeed({ video, replayed: true });
  return fail(
    apiError('IDEMPOTENCY_CONFLICT', 'The idempotency key was used for another request within the last 24 hours', {
      param: body.idempotency_key ? 'idempotency_key' : null,
    }),
  );
}

const unavailable = (): ApiError =>
  apiError('OVERLOADED', 'The request cannot be accepted at the moment. Send it again in a few seconds', {
    retryAfterMs: 2_000,
  });
