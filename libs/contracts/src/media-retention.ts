import { z } from 'zod';

/** How long media are kept: `none` is for as long as their address is good, an hour. */
export const mediaRetentionSchema = z.enum(['none', '7d', '30d']);
export type MediaRetention = z.infer<typeof mediaRetentionSchema>;

const DAY_MS = 86_400_000;
export const RETENTION_MS: Readonly<Record<MediaRetention, number>> = {
  none: 3_600_000,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
};
