import { z } from 'zod';
import { choiceSchema } from './attempt.js';
import { routeChoiceSchema } from './route-choice.js';

/**
 * How a video came to the offering it is at; kept on its row from the moment it is submitted, so that whoever polls it uses
 * the same key, and its attempt and record can say why it went there.
 */
export const videoCandidateSchema = z.object({
  /** The name of the key, as in `Attempt.credential`. */
  credential: z.string(),
  chosen: choiceSchema,
  /** Unix ms. */
  startedAt: z.number().int(),
  /** The choice as it was made first: later submissions of the same video keep it. */
  choice: routeChoiceSchema,
});
export type VideoCandidate = z.infer<typeof videoCandidateSchema>;
