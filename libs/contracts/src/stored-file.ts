import { z } from 'zod';

/** How long media files are kept. `none`: one hour, as long as their URL is valid. */
export const mediaRetentionSchema = z.enum(['none', '7d', '30d']);
export type MediaRetention = z.infer<typeof mediaRetentionSchema>;

const DAY_MS = 86_400_000;
export const RETENTION_MS: Readonly<Record<MediaRetention, number>> = {
  none: 3_600_000,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
};

export const longerRetention = (a: MediaRetention, b: MediaRetention): MediaRetention =>
  RETENTION_MS[a] >= RETENTION_MS[b] ? a : b;

/** Reference to a file in the media store. File bytes never travel through the queue. */
export const storedFileSchema = z.object({
  /** Random name with extension; also the last path segment of its public URL. */
  name: z.string(),
  contentType: z.string(),
  sizeBytes: z.number().int().nonnegative(),
  /** Unix ms; the file is deleted after it. */
  expiresAt: z.number().int(),
});
export type StoredFile = z.infer<typeof storedFileSchema>;

/** The file of a finished video, and what was measured on it; null if it was not measurable. */
export const videoOutputSchema = storedFileSchema.extend({
  durationSeconds: z.number().positive().nullable().default(null),
  width: z.number().int().positive().nullable().default(null),
  height: z.number().int().positive().nullable().default(null),
});
export type VideoOutput = z.infer<typeof videoOutputSchema>;
