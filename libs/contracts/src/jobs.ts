import { z } from 'zod';
import { chatBodySchema } from './chat-body.js';
import { RETENTION_MS } from './media-retention.js';
import { planSchema } from './plan.js';
import { requestContextSchema, usageRecordSchema } from './usage.js';

/** What every job of a waiting client carries. */
const answeredJob = z.object({
  requestContext: requestContextSchema,
  plan: planSchema,
  /** Address of the gateway process that waits, as its reply inbox gave it. */
  replyTo: z.string(),
  /** Unix ms. After it nobody waits any more: the work ends with `TIMEOUT`. */
  deadline: z.number().int(),
});

export const imageModeSchema = z.enum(['text-to-image', 'image-edit', 'upscale']);
export type ImageMode = z.infer<typeof imageModeSchema>;

/** A picture that a client sent, by its name in the media store: the bytes never travel through the queue. */
export const inputImageSchema = z.object({
  name: z.string(),
  contentType: z.string(),
  /** Measured, in pixels. */
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  sizeBytes: z.number().int().positive(),
});
export type InputImage = z.infer<typeof inputImageSchema>;

/**
 * An image request in our own terms. `size`, `aspectRatio` and `resolution` are as the client wrote them (the adapter
 * finds the nearest that the model has); `extra` holds the fields we do not know, which go upstream unchanged.
 */
export const imageRequestSchema = z.object({
  mode: imageModeSchema.default('text-to-image'),
  /** Empty only for an upscale. */
  prompt: z.string(),
  /** Pictures to work on, in the order given; none for `text-to-image`. */
  inputs: z.array(inputImageSchema).default([]),
  /** Same size as the first input; where it is fully transparent is where to edit. */
  mask: inputImageSchema.nullable().default(null),
  /** Upscales only: the factor on each axis, null for the model's own. */
  scaleFactor: z.number().positive().nullable().default(null),
  n: z.number().int().min(1).max(10),
  size: z.string().nullable(),
  aspectRatio: z.string().nullable(),
  resolution: z.string().nullable(),
  quality: z.string().nullable(),
  style: z.string().nullable(),
  outputFormat: z.enum(['png', 'jpeg', 'gif', 'webp', 'avif']).nullable(),
  outputCompression: z.number().int().nullable(),
  user: z.string().nullable(),
  extra: z.record(z.string(), z.unknown()),
});
export type ImageRequest = z.infer<typeof imageRequestSchema>;

/** A video request in our own terms; the row in the database keeps it until the video ends. */
export const videoRequestSchema = z.object({
  prompt: z.string(),
  /** Whole or fractional seconds of video. */
  seconds: z.number().positive(),
  /** `WIDTHxHEIGHT` or a ratio. */
  size: z.string(),
  resolution: z.string().nullable(),
  /** https URLs or data URIs. */
  inputReferences: z.array(z.string()),
  negativePrompt: z.string().nullable(),
  extra: z.record(z.string(), z.unknown()),
});
export type VideoRequest = z.infer<typeof videoRequestSchema>;

const videoJob = z.object({ requestId: z.string() });

/**
 * The job catalogue: every job there is, the queue it waits in, what it carries, how often it may be tried and how long
 * one run may take. A worker that meets a name or version it does not know fails loudly and keeps the job.
 *
 * - `attempts` counts runs that ended in an exception (a bug, or infrastructure); failures of providers are answers.
 * - `backoffMs` is the first pause between such runs, doubled each time.
 * - `timeoutMs` bounds one run: its signal is aborted then.
 * - `restartable` tells whether a job whose worker died may be started again (at most once more).
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
      /** How long the images may be had, in ms: an hour, or as the organization keeps its media. */
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
  'usage.record': {
    queue: 'usage',
    version: 1,
    payload: usageRecordSchema,
    attempts: 1_000_000,
    backoffMs: 250,
    timeoutMs: 30_000,
    restartable: true,
  },
  /** Records that ended at about the same time in one worker: each is applied by itself, as if it had come alone. Deploy order: billing first. */
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
