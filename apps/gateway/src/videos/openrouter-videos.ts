import { apiError, type ApiError, type VideoAnswer } from '@lumenfall/contracts';
import type { FastifyRequest } from 'fastify';

/** A video in the shape of OpenRouter's API. `error` is a text, or absent: the SDK refuses null. */
export interface OpenRouterVideo {
  id: string;
  generation_id: string;
  polling_url: string;
  status: 'pending' | 'in_progress' | 'completed' | 'failed' | 'cancelled';
  model: string;
  unsigned_urls?: string[];
  usage?: { cost: number; is_byok: false };
  error?: string;
}

/**
 * True for `@openrouter/ai-sdk-provider`, by its user agent on every call. It posts to OpenAI's path but reads
 * OpenRouter's answers; its body alone is not always distinguishable.
 */
export function isOpenRouterClient({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return /\bai-sdk\/openrouter\/\d/.test(headers['user-agent'] ?? '');
}

/**
 * Its body in the shape of ours: the first frame is the reference image. Errors: `INVALID_REQUEST` for other frames.
 */
export function fromOpenRouterVideo(body: unknown): { body: unknown } | { problem: ApiError } {
  if (typeof body !== 'object' || body === null || !('frame_images' in body)) return { body };
  const { frame_images: frames, ...fields } = body;
  const [frame, ...others] = Array.isArray(frames) ? (frames as unknown[]) : [frames];
  const { frame_type: type = 'first_frame', image_url: image } = (frame ?? {}) as {
    frame_type?: unknown;
    image_url?: unknown;
  };
  if (others.length > 0 || type !== 'first_frame') {
    const message = 'frame_images: expected one image with frame_type "first_frame"';
    return { problem: apiError('INVALID_REQUEST', message, { param: 'frame_images' }) };
  }
  const url: unknown = typeof image === 'object' && image !== null && 'url' in image ? image.url : image;
  return { body: { ...fields, input_reference: { image_url: url } } };
}

/** Refuses fields of OpenRouter's video API from other clients, which would be ignored and the video charged. */
export function problemOfOpenRouterFields(body: unknown): ApiError | null {
  if (typeof body !== 'object' || body === null) return null;
  const field = ['frame_images', 'input_references'].find((name) => name in body);
  if (field === undefined) return null;
  const message = `${field}: a field of OpenRouter's video API. Send the image as input_reference: {"image_url": "..."}`;
  return apiError('INVALID_REQUEST', message, { param: field });
}

/** @param baseUrl where clients reach the gateway */
export function toOpenRouterVideo(video: VideoAnswer, baseUrl: string): OpenRouterVideo {
  const { id, model, output, error, metadata } = video;
  return {
    id,
    generation_id: id,
    polling_url: `${baseUrl.replace(/\/+$/, '')}/openai/v1/videos/${id}`,
    status: statusOf(video),
    model,
    ...(output !== null && { unsigned_urls: [output.url] }),
    ...(metadata.cost !== undefined && { usage: { cost: metadata.cost, is_byok: false } }),
    ...(error !== null && { error: error.message }),
  };
}

function statusOf({ status, error }: VideoAnswer): OpenRouterVideo['status'] {
  if (status === 'queued') return 'pending';
  return status === 'failed' && error?.code === 'CANCELLED' ? 'cancelled' : status;
}
