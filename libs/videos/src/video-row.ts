import {
  apiErrorSchema,
  attemptSchema,
  planSchema,
  requestContextSchema,
  storedVideoRequestSchema,
  usageRecordSchema,
  videoHandleSchema,
  videoOutputSchema,
  videoCandidateSchema,
} from '@lumenfall/contracts';
import { Prisma, storable, type VideoColumns } from '@lumenfall/database';
import { z } from 'zod';
import { VIDEO_STATES } from './video-state.js';
import type { NewVideo, VideoChanges, VideoRow } from './video-store.js';

/** JSON columns are parsed by schemas, because an older version may have written them. */
const columnsSchema = z.object({
  state: z.enum(VIDEO_STATES),
  requestContext: requestContextSchema,
  plan: planSchema,
  request: storedVideoRequestSchema.nullable(),
  clientMetadata: z.record(z.string(), z.string()).nullable(),
  handle: videoHandleSchema.nullable(),
  candidate: videoCandidateSchema.nullable(),
  attempts: z.array(attemptSchema),
  mediaRetention: z.enum(['none', '7d', '30d']),
  output: videoOutputSchema.nullable(),
  error: apiErrorSchema.nullable(),
  usage: usageRecordSchema.nullable(),
});

export function videoOf(row: VideoColumns): VideoRow {
  const { forgetAt: _, usageSince: _since, idempotencyKey: _key, bodyHash: _hash, upstreamId: _id, ...columns } = row;
  return {
    ...columns,
    ...columnsSchema.parse(row),
    costMicros: row.costMicros === null ? null : Number(row.costMicros),
    estimateMicros: Number(row.estimateMicros),
  };
}

export function newVideoColumns(video: NewVideo): Prisma.VideoCreateManyInput {
  const { requestContext, plan, request, prompt, clientMetadata, idempotencyKey, estimateMicros, ...plain } = video;
  return {
    ...plain,
    requestId: requestContext.requestId,
    organizationId: requestContext.organizationId,
    keyId: requestContext.keyId,
    createdAt: new Date(requestContext.createdAt),
    state: 'pending',
    requestContext: json(requestContext),
    plan: json(plan),
    request: json(request),
    prompt: storable(prompt),
    clientMetadata: json(clientMetadata),
    attempts: [],
    estimateMicros: BigInt(estimateMicros),
    idempotencyKey: storable(idempotencyKey),
  };
}

export function changedColumns(changes: VideoChanges): Prisma.VideoUpdateManyMutationInput {
  const { costMicros, request, prompt, clientMetadata, handle, candidate, attempts, output, error, usage, ...plain } =
    changes;
  return {
    ...plain,
    ...(costMicros !== undefined && { costMicros: costMicros === null ? null : BigInt(costMicros) }),
    ...(prompt !== undefined && { prompt: storable(prompt) }),
    ...(request !== undefined && { request: json(request) }),
    ...(clientMetadata !== undefined && { clientMetadata: json(clientMetadata) }),
    ...(handle !== undefined && { handle: json(handle), upstreamId: storable(handle?.upstreamId ?? null) }),
    ...(candidate !== undefined && { candidate: json(candidate) }),
    ...(attempts !== undefined && { attempts: json(attempts) }),
    ...(output !== undefined && { output: json(output) }),
    ...(error !== undefined && { error: json(error) }),
    ...(usage !== undefined && { usage: json(usage), usageSince: usage === null ? null : new Date() }),
  };
}

/** Writes null as SQL NULL, not as JSON null. Other values have passed a schema and are plain data. */
function json(value: object): Prisma.InputJsonValue;
function json(value: object | null): Prisma.InputJsonValue | typeof Prisma.DbNull;
function json(value: object | null): Prisma.InputJsonValue | typeof Prisma.DbNull {
  return value === null ? Prisma.DbNull : (storable(value) as Prisma.InputJsonValue);
}
