import { z } from 'zod';

/** What is kept on the database row to find the provider's job again, across restarts and versions. */
export const videoHandleSchema = z.object({
  /** The provider's id of the job; shown as `metadata.upstream_id`. */
  upstreamId: z.string().min(1),
  /** Addresses that the provider returned for it; on its own origin, checked when they are used. */
  statusUrl: z.string().nullable(),
  resultUrl: z.string().nullable(),
  cancelUrl: z.string().nullable(),
});
export type VideoHandle = z.infer<typeof videoHandleSchema>;
