import { z } from 'zod';
import { chatBodySchema } from './chat-body.js';
import { imageRequestSchema } from './image-body.js';
import { RETENTION_MS } from './stored-file.js';
import { planSchema } from './plan.js';
import { requestContextSchema, usageRecordSchema } from './usage.js';

/** Fields of every job whose client waits for the answer. */
const answeredJob = z.object({
  requestContext: requestContextSchema,
  plan: planSchema,
  /** Address of the reply inbox of the waiting gateway process. */
  replyTo: z.string(),
  /** Unix ms. After it the client has its `TIMEOUT` and the work is aborted. */
  deadline: z.number().int(),
});

const videoJob = z.object({ requestId: z.string() });

/**
 * The job catalogue: each job with its queue, payload, attempts and time limit. A worker that receives an unknown
 * name or version throws and keeps the job.
 *
 * - `attempts`: runs that may end in an exception (a bug, or infrastructure). A provider's failure is an answer, not
 *   an exception.
 * - `backoffMs`: pause after the first such run; doubled after each further one.
 * - `timeoutMs`: limit of one run; its signal is aborted then.
 * - `restartable`: whether a job whose worker died is started again (at most once).
 */
export const JOBS = {
  'chat.complete': {
    queue: 'chat',
    version: 1,
    payload: answeredJob.extend({ body: chatBodySchema }),
    attempts: 1,
    backoffMs: 0,
    timeoutMs: 600_000,
    restartable: true,
  },
  'image.generate': {
    queue: 'image',
    version: 1,
    payload: answeredJob.extend({
      request: imageRequestSchema,
      /** How long the images are kept, in ms. */
      keepMs: z.number().int().positive().default(RETENTION_MS.none),
    }),
    attempts: 1,
    backoffMs: 0,
    timeoutMs: 600_000,
    restartable: true,
  },
  'video.submit': {
    queue: 'video',
    version: 1,
    payload: videoJob,
    attempts: 10,
    backoffMs: 500,
    timeoutMs: 120_000,
    restartable: true,
  },
  'video.poll': {
    queue: 'video',
    version: 1,
    payload: videoJob,
    attempts: 10,
    backoffMs: 500,
    timeoutMs: 300_000,
    restartable: true,
  },
  /**
   * No service enqueues it: usage records are entries of the usage log. Billing moves the jobs of older versions there.
   */
  'usage.record': {
    queue: 'usage',
    version: 1,
    payload: usageRecordSchema,
    attempts: 1_000_000,
    backoffMs: 250,
    timeoutMs: 30_000,
    restartable: true,
  },
  /** As `usage.record`. */
  'usage.records': {
    queue: 'usage',
    version: 1,
    payload: z.object({ records: z.array(usageRecordSchema).min(1) }),
    attempts: 1_000_000,
    backoffMs: 250,
    timeoutMs: 30_000,
    restartable: true,
  },
} as const satisfies Record<string, JobDefinition>;

export interface JobDefinition {
  queue: 'chat' | 'image' | 'video' | 'usage';
  version: number;
  payload: z.ZodType;
  attempts: number;
  backoffMs: number;
  timeoutMs: number;
  restartable: boolean;
}

export type JobName = keyof typeof JOBS;
export type QueueName = (typeof JOBS)[JobName]['queue'];
export type JobPayload<N extends JobName> = z.infer<(typeof JOBS)[N]['payload']>;
