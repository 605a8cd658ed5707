import { planVideo, type ProviderAvailability } from '@lumenfall/catalog';
import { apiError, fail, succeed, videoBodySchema, type Result } from '@lumenfall/contracts';
import type { MediaStore } from '@lumenfall/media';
import { validationError } from '@lumenfall/service-kit';
import type { FastifyRequest } from 'fastify';
import { withoutEmptyFields } from '../admission/empty-fields.js';
import { bodyHashOf, idempotencyKeyOf } from '../admission/idempotency.js';
import type { Principal } from '../authentication/principal.js';
import type { CatalogSource } from '../models/live-catalog.js';
import { missingModel } from '../models/missing-model.js';
import { planningContextOf } from '../models/planning-context.js';
import type { ImageOrigins } from '../uploads/settle-image.js';
import { Uploads, type UploadLimits } from '../uploads/uploads.js';
import { readVideo } from './read-video.js';
import { settleReferences } from './settle-references.js';
import {
  VIDEO_DEADLINE_MS,
  VideoAdmission,
  type AdmissionDependencies,
  type AdmittedVideo,
  type PlannedVideo,
} from './video-admission.js';

/** Reference images are needed until the deadline: a video may be submitted again to another provider. */
const REFERENCE_LIMITS: UploadLimits = { bytes: 80 * 1024 * 1024, lifetimeMs: VIDEO_DEADLINE_MS + 10 * 60_000 };

export interface VideosDependencies extends Omit<ImageOrigins, 'media'>, AdmissionDependencies {
  media: MediaStore;
  catalog: CatalogSource;
  available: ProviderAvailability[];
}

/** Plans and admits video requests. */
export class Videos {
  readonly #admission: VideoAdmission;

  constructor(private readonly parts: VideosDependencies) {
    this.#admission = new VideoAdmission(parts);
  }

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
  create(request: FastifyRequest, principal: Principal, planned: PlannedVideo): Promise<Result<AdmittedVideo>> {
    return this.#admission.create(request, principal, planned);
  }
}
