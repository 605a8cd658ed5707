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
import { requireJson } from '../admission/request-body.js';
import type { Principal } from '../authentication/principal.js';
import type { CatalogSource } from '../models/live-catalog.js';
import { readEditForm } from './edit-form.js';
import { readEditJson, type ReadEdit } from './edit-json.js';
import { readsOnlyBase64 } from './present-images.js';
import { settlePictures, type PictureOrigins } from './settle-pictures.js';
import { Uploads } from './uploads.js';

export interface PlannedImages extends PlannedImage {
  body: ImageBody | ImageEditBody;
  /** SHA-256 of the pictures that came along, in their order. */
  digests: string[];
}

export interface ImagePlannerDependencies extends Omit<PictureOrigins, 'media'> {
  catalog: CatalogSource;
  available: ProviderAvailability[];
  media: MediaStore;
}

/** From what a client sent to a plan, without anything being spent. */
export class ImagePlanner {
  constructor(private readonly parts: ImagePlannerDependencies) {}

  /** Errors: `INVALID_REQUEST`, `MODEL_NOT_FOUND`, `MODEL_DISABLED`. */
  async generation(json: unknown, principal: Principal): Promise<Result<PlannedImages>> {
    const body = imageBodySchema.safeParse(json);
    if (!body.success) return fail(validationError(body.error));
    const planned = await planImage(this.parts.catalog.current(), this.#contextOf(principal), body.data);
    return planned.ok ? succeed({ ...planned.value, body: body.data, digests: [] }) : planned;
  }

  /** Where the files of one edit are kept until it has ended. */
  uploads(): Uploads {
    return new Uploads(this.parts.media);
  }

  /**
   * An edit or an upscale, from a form or from JSON. What can be refused without its pictures is, before an address is fetched or
   * anything is decoded. Errors: as `generation`, and `PAYLOAD_TOO_LARGE`.
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
    const parsed = imageEditBodySchema.safeParse(fields);
    if (!parsed.success) return fail(validationError(parsed.error));
    const body = parsed.data;
    // One catalog for both looks at it, whatever is reloaded meanwhile.
    const catalog = this.parts.catalog.current();
    const refusal = refuseImageEdit(catalog, body, { inputs: sources.inputs.length, mask: sources.mask !== null });
    if (refusal) return fail(refusal);
    const settled = await settlePictures(sources, uploads, this.parts, signal);
    if (!settled.ok) return settled;
    const { pictures, digests } = settled.value;
    const planned = await planImageEdit(catalog, this.#contextOf(principal), body, pictures);
    return planned.ok ? succeed({ ...planned.value, body, digests }) : planned;
  }

  #contextOf({ rules }: Principal): PlanningContext {
    return { available: this.parts.available, rules };
  }
}

async function readForm(request: FastifyRequest, uploads: Uploads): Promise<Result<ReadEdit>> {
  const read = await readEditForm(request, uploads);
  // What the record of a refused request says of it is read from here, as for JSON.
  if (read.ok) request.body = read.value.fields;
  return read;
}
