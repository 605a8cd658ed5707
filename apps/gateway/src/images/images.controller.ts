import type { BillingClient } from '@lumenfall/billing-client';
import { apiError, errorEnvelope, type EstimateAnswer, type ImagesAnswer } from '@lumenfall/contracts';
import type { MediaStore } from '@lumenfall/media';
import { ApiFailure, unwrap } from '@lumenfall/service-kit';
import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isDryRun } from '../admission/admission.guard.js';
import { PayloadLog } from '../admission/payload-log.js';
import { requireJson } from '../admission/request-body.js';
import { nameRoute, providerOf } from '../admission/response-headers.js';
import { departureOf } from '../answers/awaited-jobs.js';
import { principalOf } from '../authentication/authentication.guard.js';
import type { MediaAddress } from '../media/media-address.js';
import { BILLING, MEDIA, MEDIA_ADDRESS } from '../tokens.js';
import type { ImagesOutcome } from './idempotent-replay.js';
import { Images } from './image-admission.js';
import { ImagePlanner, type PlannedImages } from './image-planner.js';
import { formsOf, presentImages, type StreamedAnswer } from './present-images.js';

type Answer = EstimateAnswer | ImagesAnswer | StreamedAnswer;

@Controller(['openai/v1/images', 'v1/images'])
export class ImagesController {
  constructor(
    @Inject(ImagePlanner) private readonly planner: ImagePlanner,
    @Inject(Images) private readonly images: Images,
    @Inject(BILLING) private readonly billing: BillingClient,
    @Inject(MEDIA) private readonly media: MediaStore,
    @Inject(MEDIA_ADDRESS) private readonly addressOf: MediaAddress,
    @Inject(PayloadLog) private readonly payloads: PayloadLog,
  ) {}

  @Post('generations')
  @HttpCode(200)
  async generate(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const planned = unwrap(await this.planner.generation(requireJson(request), principalOf(request)));
    send(reply, await this.answerTo(request, reply, planned, departureOf(reply)));
  }

  /** OpenRouter's images API, which `@openrouter/ai-sdk-provider` uses. */
  @Post()
  @HttpCode(200)
  async createForOpenRouter(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { kind, body } = fromOpenRouterImages(requireJson(request));
    request.body = body;
    await (kind === 'edit' ? this.edit(request, reply) : this.generate(request, reply));
  }

  @Post('edits')
  @HttpCode(200)
  async edit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const uploads = this.planner.uploads();
    const departed = departureOf(reply);
    let answer: Answer | null;
    try {
      const planned = unwrap(await this.planner.edit(request, principalOf(request), uploads, departed));
      answer = await this.answerTo(request, reply, planned, departed, () => uploads.release());
    } finally {
      await uploads.discard();
    }
    send(reply, answer);
  }

  /**
   * The estimate of a dry run, or the images. Null: the client left.
   *
   * @param onHandedOver called if the job continues although this process no longer waits for it
   */
  private async answerTo(
    request: FastifyRequest,
    reply: FastifyReply,
    planned: PlannedImages,
    departed: AbortSignal,
    onHandedOver: () => void = () => undefined,
  ): Promise<Answer | null> {
    nameRoute(reply, { model: planned.plan.model });
    if (isDryRun(request.query)) {
      nameRoute(reply, { provider: planned.plan.route[0]?.provider ?? null });
      return unwrap(await this.billing.estimate(planned.plan));
    }
    const principal = principalOf(request);
    const images = unwrap(await this.images.start(request, principal, planned, departed));
    try {
      const keeps = await this.payloads.keepRequest(principal, images.requestId, planned.body);
      const outcome = await images.outcome;
      if (keeps && outcome !== null) await this.payloads.keepResponse(images.requestId, keptOutcome(outcome));
      if (outcome !== null && !outcome.ok && outcome.error.goesOn) onHandedOver();
      return outcome === null || departed.aborted
        ? null
        : await this.present(images.requestId, outcome, planned, request, reply);
    } finally {
      images.close();
    }
  }

  private async present(
    id: string,
    outcome: ImagesOutcome,
    { body }: PlannedImages,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Answer> {
    if (!outcome.ok) {
      nameRoute(reply, { provider: providerOf(outcome.error.executedModel) });
      throw new ApiFailure(outcome.error.error, !outcome.error.goesOn);
    }
    nameRoute(reply, { provider: outcome.value.metadata.provider });
    // OpenRouter's SDK refuses OpenAI's names of image tokens.
    const usage = isOpenRouterRoute(request) ? undefined : outcome.value.usage;
    const answer = await presentImages({ id, ...outcome.value, usage }, formsOf(body), this.media, this.addressOf);
    if (answer === null)
      throw new ApiFailure(apiError('INTERNAL_ERROR', 'The generated images could not be read'), true);
    return answer;
  }
}

/** With the names of the files in place of their bytes. */
function keptOutcome(outcome: ImagesOutcome): object {
  if (!outcome.ok) return errorEnvelope(outcome.error.error);
  const { created, images, metadata, usage } = outcome.value;
  const data = images.map(({ file, revisedPrompt }) => ({ file: file.name, revised_prompt: revisedPrompt }));
  return { created, data, metadata, usage };
}

function send(reply: FastifyReply, answer: Answer | null): void {
  if (answer === null) reply.hijack();
  else if ('body' in answer) {
    void reply.type('application/json; charset=utf-8').header('content-length', answer.sizeBytes).send(answer.body);
  } else void reply.send(answer);
}

/** True for `POST /images`, which only OpenRouter's API has. */
export const isOpenRouterRoute = ({ routeOptions }: FastifyRequest): boolean =>
  /\/images$/.test(routeOptions.url ?? '');

/**
 * A body of OpenRouter's `POST /images`, as `@openrouter/ai-sdk-provider` sends it, in the shape of a generation, or of
 * an edit if it has `input_references`. The SDK reads images in base64 only. `provider`, OpenRouter's routing
 * preferences, is dropped.
 */
export function fromOpenRouterImages(body: unknown): { kind: 'generation' | 'edit'; body: unknown } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { kind: 'generation', body };
  const {
    input_references: images,
    provider: _,
    ...fields
  } = body as { input_references?: unknown; provider?: unknown };
  const asked = { ...fields, response_format: 'b64_json' };
  if (!Array.isArray(images) || images.length === 0) return { kind: 'generation', body: asked };
  return { kind: 'edit', body: { ...asked, images } };
}
