import type { BillingClient } from '@lumenfall/billing-client';
import {
  apiError,
  parseRequestId,
  type EstimateAnswer,
  type VideoAnswer,
  fail,
  succeed,
  type Result,
} from '@lumenfall/contracts';
import type { MediaStore } from '@lumenfall/media';
import { ApiFailure, unwrap, validationError } from '@lumenfall/service-kit';
import type { VideoRow, VideoStore } from '@lumenfall/videos';
import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isDryRun } from '../admission/admission.guard.js';
import { PayloadLog } from '../admission/payload-log.js';
import { nameRoute } from '../admission/response-headers.js';
import { departureOf } from '../answers/awaited-jobs.js';
import { principalOf } from '../authentication/authentication.guard.js';
import { PublicUrl, type MediaAddress } from '../media/media-address.js';
import { sendFile } from '../media/send-file.js';
import { BILLING, DELETION, MEDIA, MEDIA_ADDRESS, VIDEO_STORE } from '../tokens.js';
import { deleteVideo, type DeletionTools } from './delete-video.js';
import {
  fromOpenRouterVideo,
  isOpenRouterClient,
  problemOfOpenRouterFields,
  toOpenRouterVideo,
  type OpenRouterVideo,
} from './openrouter-videos.js';
import { pollAfterMs, presentVideo } from './present-video.js';
import { Videos } from './videos.js';

@Controller(['openai/v1/videos', 'v1/videos'])
export class VideosController {
  constructor(
    @Inject(Videos) private readonly videos: Videos,
    @Inject(BILLING) private readonly billing: BillingClient,
    @Inject(VIDEO_STORE) private readonly store: VideoStore,
    @Inject(MEDIA) private readonly media: MediaStore,
    @Inject(MEDIA_ADDRESS) private readonly addressOf: MediaAddress,
    @Inject(PublicUrl) private readonly publicUrl: PublicUrl,
    @Inject(DELETION) private readonly deletion: DeletionTools,
    @Inject(PayloadLog) private readonly payloads: PayloadLog,
  ) {}

  @Post()
  @HttpCode(200)
  async create(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VideoAnswer | OpenRouterVideo | EstimateAnswer> {
    const principal = principalOf(request);
    adaptOpenRouterBody(request);
    const uploads = this.videos.uploads();
    try {
      const planned = unwrap(await this.videos.plan(request, principal, uploads, departureOf(reply)));
      nameRoute(reply, { model: planned.plan.model });
      if (isDryRun(request.query)) {
        nameRoute(reply, { provider: planned.plan.route[0]?.provider ?? null });
        return unwrap(await this.billing.estimate(planned.plan));
      }
      const { video, replayed } = unwrap(await this.videos.create(request, principal, planned));
      if (!replayed) {
        uploads.release();
        await this.payloads.keepRequest(principal, video.requestId, planned.body);
      }
      void reply.code(replayed ? 200 : 202);
      return this.present(video, request, reply);
    } finally {
      await uploads.discard();
    }
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<VideoList> {
    const page = await this.store.list(principalOf(request).organizationId, unwrap(readVideoListQuery(query)));
    return presentVideoList(page, this.addressOf);
  }

  @Get(':id')
  async retrieve(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VideoAnswer | OpenRouterVideo> {
    return this.present(await this.find(request, id), request, reply);
  }

  @Get(':id/content')
  async content(
    @Param('id') id: string,
    @Query('variant') variant: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (variant !== undefined && variant !== 'video') {
      throw new ApiFailure(apiError('INVALID_REQUEST', 'variant: only video is offered', { param: 'variant' }));
    }
    const row = await this.find(request, id);
    if (row.state !== 'completed') {
      throw new ApiFailure(
        apiError('NOT_FOUND', `The video has no content: its status is ${presentVideo(row, this.addressOf).status}`),
      );
    }
    const file = row.output === null ? null : await this.media.open(row.output.name);
    if (row.output === null || file === null)
      throw new ApiFailure(apiError('NOT_FOUND', "The video's file was deleted or has expired"));
    sendFile(request, reply, file, row.output.name);
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Param('id') id: string, @Req() request: FastifyRequest): Promise<void> {
    unwrap(await deleteVideo(principalOf(request).organizationId, parseRequestId(id), this.deletion));
  }

  private async find(request: FastifyRequest, id: string): Promise<VideoRow> {
    const requestId = parseRequestId(id);
    const row = requestId === null ? null : await this.store.find(principalOf(request).organizationId, requestId);
    if (row === null) throw new ApiFailure(apiError('NOT_FOUND', 'There is no such video'));
    return row;
  }

  private present(row: VideoRow, request: FastifyRequest, reply: FastifyReply): VideoAnswer | OpenRouterVideo {
    const answer = presentVideo(row, this.addressOf);
    nameRoute(reply, { model: answer.model, provider: answer.metadata.provider });
    const pollAfter = pollAfterMs(row, Date.now());
    if (pollAfter !== null) void reply.header('openai-poll-after-ms', String(pollAfter));
    return isOpenRouterClient(request) ? toOpenRouterVideo(answer, this.publicUrl.current()) : answer;
  }
}

function adaptOpenRouterBody(request: FastifyRequest): void {
  if (!isOpenRouterClient(request)) {
    const problem = problemOfOpenRouterFields(request.body);
    if (problem !== null) throw new ApiFailure(problem);
    return;
  }
  const adapted = fromOpenRouterVideo(request.body);
  if ('problem' in adapted) throw new ApiFailure(adapted.problem);
  request.body = adapted.body;
}

/** OpenAI's list, as its SDKs page through it. */
export interface VideoList {
  object: 'list';
  data: VideoAnswer[];
  first_id: string | null;
  last_id: string | null;
  has_more: boolean;
}

const querySchema = z.object({
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
});

export function readVideoListQuery(query: unknown): Result<{ after?: string; limit: number; order: 'asc' | 'desc' }> {
  const parsed = querySchema.safeParse(query);
  if (!parsed.success) return fail(validationError(parsed.error));
  const { after, ...rest } = parsed.data;
  if (after === undefined) return succeed(rest);
  const requestId = parseRequestId(after);
  if (requestId === null)
    return fail(apiError('INVALID_REQUEST', 'after: expected the id of a video', { param: 'after' }));
  return succeed({ ...rest, after: requestId });
}

export function presentVideoList(page: { videos: VideoRow[]; hasMore: boolean }, addressOf: MediaAddress): VideoList {
  const data = page.videos.map((row) => presentVideo(row, addressOf));
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: page.hasMore,
  };
}
