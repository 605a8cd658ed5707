import { z } from 'zod';
import { choiceSchema } from './attempt.js';
import { routeChoiceSchema } from './routing.js';

/** The provider's job, as kept on the video's row: enough to poll it after a restart or an upgrade. */
export const videoHandleSchema = z.object({
  /** The provider's id of the job; shown as `metadata.upstream_id`. */
  upstreamId: z.string().min(1),
  /** URLs that the provider returned. They must be on its own origin, which is checked on use. */
  statusUrl: z.string().nullable(),
  resultUrl: z.string().nullable(),
  cancelUrl: z.string().nullable(),
});
export type VideoHandle = z.infer<typeof videoHandleSchema>;

/**
 * The candidate that a video was submitted to; kept on its row from the submit on, so that each poll uses the same
 * credential and the attempt and the usage record state why it was chosen.
 */
export const videoCandidateSchema = z.object({
  /** Credential name, as in `Attempt.credential`. */
  credential: z.string(),
  chosen: choiceSchema,
  /** Unix ms. */
  startedAt: z.number().int(),
  /** The route choice of the first submit; later submits of the same video keep it. */
  choice: routeChoiceSchema,
});
export type VideoCandidate = z.infer<typeof videoCandidateSchema>;
