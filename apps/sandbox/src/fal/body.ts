import { z } from 'zod';

/** What a video's input has that the sandbox acts on; the inputs of picture apps are read by `askedPicture`. */
export const falVideoSchema = z.looseObject({
  prompt: z.string().min(1).max(20_000),
  duration: z.coerce.string().optional(),
  aspect_ratio: z.string().optional(),
});
export type FalVideo = z.infer<typeof falVideoSchema>;

export const falInputSchema = z.record(z.string(), z.unknown());

/** Whether an app makes videos: its name says so. */
export const isVideoApp = (app: string): boolean =>
  /video|veo|sora|wan|hailuo|seedance|ltx|luma-dream|pixverse/.test(app) && !/to-image|image-edit|\/image$/.test(app);

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
