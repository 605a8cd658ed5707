import { z } from 'zod';

const sizeSchema = z.union([
  z.string(),
  z.object({ width: z.int().min(64).max(4096), height: z.int().min(64).max(4096) }),
]);

/** As much of a model's input as the sandbox acts on; every app has its own. */
export const falBodySchema = z.looseObject({
  prompt: z.string().min(1).max(20_000),
  duration: z.coerce.string().optional(),
  aspect_ratio: z.string().optional(),
  image_size: sizeSchema.optional(),
  num_images: z.int().min(1).max(8).optional(),
  output_format: z.enum(['png', 'jpeg', 'webp']).optional(),
});
export type FalBody = z.infer<typeof falBodySchema>;

const NAMED_SIZES: Readonly<Record<string, readonly [number, number]>> = {
  square_hd: [1024, 1024],
  square: [512, 512],
  portrait_4_3: [768, 1024],
  portrait_16_9: [576, 1024],
  landscape_4_3: [1024, 768],
  landscape_16_9: [1024, 576],
};

/** Whether an app makes videos: its name says so. */
export const isVideoApp = (app: string): boolean =>
  /video|veo|sora|wan|hailuo|seedance|ltx|luma-dream|pixverse/.test(app);

/** Seconds from "5", "5s" or 5; null for what is no length. */
export function secondsOf(duration: string | undefined): number | null {
  const match = /^(\d+(?:\.\d+)?)s?$/.exec(duration ?? '5');
  const seconds = match === null ? 0 : Number(match[1]);
  return seconds > 0 && seconds <= 60 ? seconds : null;
}

/** Width divided by height from "16:9"; null for what is no ratio. */
export function ratioOf(aspectRatio: string | undefined): number | null {
  const match = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(aspectRatio ?? '16:9');
  const ratio = match === null ? Number.NaN : Number(match[1]) / Number(match[2]);
  return Number.isFinite(ratio) && ratio > 0 ? ratio : null;
}

/** A picture's size from its name or its sides; null for an unknown name. */
export function pictureSizeOf(size: FalBody['image_size']): { width: number; height: number } | null {
  if (typeof size === 'object') return size;
  const named = NAMED_SIZES[size ?? 'landscape_4_3'];
  return named === undefined ? null : { width: named[0], height: named[1] };
}
