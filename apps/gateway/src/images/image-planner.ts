import {
  planImage,
  planImageEdit,
  refuseImageEdit,
  type PlannedImage,
  type PlanningContext,
  type ProviderAvailability,
} from '@lumenfall/catalog';
import {
  fail,
  imageBodySchema,
  imageEditBodySchema,
  succeed,
  type ImageBody,
  type ImageEditBody,
  type Result,
} from '@lumenfall/contracts';
import type { MediaStore } from '@lumenfall/media';
import { validationError } from '@lumenfall/service-kit';
import type { FastifyRequest } from 'fastify';
import { withoutEmptyFields } from '../admission/empty-fields.js';
import { requireJson } from '../admission/request-body.js';
import type { Principal } from '../authentication/principal.js';
import type { CatalogSource } from '../models/live-catalog.js';
import { missingModel } from '../models/missing-model.js';
import { planningContextOf } from '../models/planning-context.js';
import type { ImageOrigins } from '../uploads/settle-image.js';
import { Uploads } from '../uploads/uploads.js';
import { readEditForm } from './edit-form.js';
import { readEditJson, type ReadEdit } from './edit-json.js';
import { readsOnlyBase64 } from './present-images.js';
import { settleImages } from './settle-images.js';

export interface PlannedImages extends PlannedImage {
  body: ImageBody | ImageEditBody;
  /** SHA-256 of the images that were sent, in their order. */
  digests: string[];
}

export interface ImagePlannerDependencies extends Omit<ImageOrigins, 'media'> {
  catalog: CatalogSource;
  available: ProviderAvailability[];
  media: MediaStore;
}

/** Reads and plans image requests. Nothing is spent yet. */
export class ImagePlanner {
  constructor(private readonly parts: ImagePlannerDependencies) {}

  /** Errors: `INVALID_REQUEST`, `MODEL_NOT_FOUND`, `MODEL_DISABLED`, `UNPRICED_MODEL`. */
  async generation(json: unknown, principal: Principal): Promise<Result<PlannedImages>> {
    const missing = missingModel(json, 'text-to-image', this.parts.catalog.current(), this.#contextOf(principal));
    if (missing) return fail(missing);
    const body = imageBodySchema.safeParse(withoutEmptyFields(json, imageBodySchema.shape));
    if (!body.success) return fail(validationError(body.error));
    const planned = await planImage(this.parts.catalog.current(), this.#contextOf(principal), body.data);
    return planned.ok ? succeed({ ...planned.value, body: body.data, digests: [] }) : planned;
  }

  /** Holds the files of one edit until it has ended. */
  uploads(): Uploads {
    return new Uploads(this.parts.media);
  }

  /**
   * An edit or an upscale, from a form or from JSON. Everything that can be checked without the images is checked
   * before an address is fetched or an image is decoded. Errors: as `generation`, and `PAYLOAD_TOO_LARGE`.
   *
   * @param signal aborted when the client leaves
   */
  async edit(
    request: FastifyRequest,
    principal: Principal,
    uploads: Uploads,
    signal: AbortSignal,
  ): Promise<Result<PlannedImages>> {
    const read = request.isMultipart() ? await readForm(request, uploads) : readEditJson(requireJson(request));
    if (!read.ok) return read;
    const { fields, sources } = read.value;
    if (readsOnlyBase64(request.headers['user-agent'])) fields['response_format'] ??= 'b64_json';
    const missing = missingModel(fields, 'image-edit', this.parts.catalog.current(), this.#contextOf(principal));
    if (missing) return fail(missing);
    const parsed = imageEditBodySchema.safeParse(
      withoutEmptyFields(fields, imageEditBodySchema.shape, { promptRequired: false }),
    );
    if (!parsed.success) return fail(validationError(parsed.error));
    const body = parsed.data;
    // The same catalog for both checks, even if it is reloaded meanwhile.
    const catalog = this.parts.catalog.current();
    const refusal = refuseImageEdit(catalog, body, { inputs: sources.inputs.length, mask: sources.mask !== null });
    if (refusal) return fail(refusal);
    const settled = await settleImages(sources, uploads, this.parts, signal);
    if (!settled.ok) return settled;
    const { images, digests } = settled.value;
    const planned = await planImageEdit(catalog, this.#contextOf(principal), body, images);
    return planned.ok ? succeed({ ...planned.value, body, digests }) : planned;
  }

  #contextOf(principal: Principal): PlanningContext {
    return planningContextOf(principal, this.parts.available);
  }
}

async function readForm(request: FastifyRequest, uploads: Uploads): Promise<Result<ReadEdit>> {
  const read = await readEditForm(request, uploads);
  // The record of a refused request takes its fields from here.
  if (read.ok) request.body = read.value.fields;
  return read;
}
