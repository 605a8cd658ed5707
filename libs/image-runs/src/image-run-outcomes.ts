import {
  answerMetadataSchema,
  apiErrorSchema,
  generatedImageSchema,
  imageUsageSchema,
  usageRecordSchema,
} from '@lumenfall/contracts';
import { storable, type Client, type ImageRunColumns } from '@lumenfall/database';
import { z } from 'zod';
import type { EndedImageRun, ImageRun, ImageRunOutcome, ImageRunStore, UnrecordedUsage } from './image-run-store.js';

const answerSchema = z.object({
  images: z.array(generatedImageSchema),
  metadata: answerMetadataSchema,
  created: z.number(),
  usage: imageUsageSchema.optional(),
});
const failureSchema = z.object({ error: apiErrorSchema, executedModel: z.string().nullable() });
const unrecordedSchema = z.array(z.object({ usage: usageRecordSchema, since: z.date() }));

/** Stores outcomes: answer and usage record in one statement, so that a crash never leaves one without the other. */
export function imageRunEnds(client: Client): Pick<ImageRunStore, 'end' | 'endOf' | 'unrecorded' | 'sentAgain'> {
  const endOf = async (requestId: string): Promise<EndedImageRun | 'running' | null> => {
    const row = await client.imageRun.findUnique({ where: { requestId } });
    if (row === null) return null;
    const run = readRun(row);
    if (run === null) return null;
    if (run.state === 'running') return 'running';
    const { requestId: _, ...end } = run;
    return { end, usage: row.usage === null ? null : usageRecordSchema.parse(row.usage) };
  };

  return {
    endOf,

    async end(requestId, ended) {
      const { answer, error, mediaUntil } = columnsOf(ended.end);
      const usage = jsonOf(ended.usage);
      const changed = await client.$executeRaw`
        UPDATE image_runs SET state = ${ended.end.state}, answer = ${answer}::jsonb, error = ${error}::jsonb,
          media_until = ${mediaUntil}, usage = ${usage}::jsonb,
          usage_since = CASE WHEN ${usage}::jsonb IS NOT NULL THEN now() END
        WHERE request_id = ${requestId} AND state = 'running'`;
      if (changed > 0) return { kept: ended, first: true };
      const earlier = await endOf(requestId);
      if (earlier === 'running') throw new Error('The state of the run is inconsistent');
      return earlier && { kept: earlier, first: false };
    },

    async unrecorded(olderThanMs, limit): Promise<UnrecordedUsage[]> {
      await client.$executeRaw`
        UPDATE image_runs SET usage = NULL, usage_since = NULL
        FROM requests
        WHERE requests.id = image_runs.request_id AND requests.recorded_at IS NOT NULL
          AND usage_since < now() - ${olderThanMs} * interval '1 millisecond'`;
      const rows = await client.$queryRaw<unknown[]>`
        SELECT usage, usage_since AS since FROM image_runs WHERE usage_since < now() - ${olderThanMs} * interval '1 millisecond'
        ORDER BY usage_since LIMIT ${limit}`;
      return unrecordedSchema.parse(rows).map(({ usage, since }) => ({ record: usage, since }));
    },

    async sentAgain(requestId) {
      await client.$executeRaw`
        UPDATE image_runs SET usage_since = now() WHERE request_id = ${requestId} AND usage_since IS NOT NULL`;
    },
  };
}

export type ReadableRun = Pick<ImageRunColumns, 'requestId' | 'state' | 'deadline' | 'answer' | 'error'>;

/** Null if the answer has been deleted, or if another version wrote it. */
export function readRun({ requestId, state, deadline, answer, error }: ReadableRun): ImageRun | null {
  if (state === 'running') return { requestId, state, deadline };
  if (state === 'answered') {
    const read = answerSchema.safeParse(answer);
    return read.success ? { requestId, state, answer: read.data } : null;
  }
  const read = failureSchema.safeParse(error);
  return read.success ? { requestId, state: 'failed', ...read.data } : null;
}

function columnsOf(end: ImageRunOutcome): { answer: string | null; error: string | null; mediaUntil: Date | null } {
  if (end.state === 'failed') {
    const { error, executedModel } = end;
    return { answer: null, error: jsonOf({ error, executedModel }), mediaUntil: null };
  }
  const mediaUntil = new Date(Math.min(...end.answer.images.map(({ file }) => file.expiresAt)));
  return { answer: jsonOf(end.answer), error: null, mediaUntil };
}

const jsonOf = (value: object | null): string | null => (value === null ? null : JSON.stringify(storable(value)));
