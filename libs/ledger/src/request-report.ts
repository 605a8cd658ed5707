import {
  attemptSchema,
  chargeBasisSchema,
  routeChoiceSchema,
  type Attempt,
  type ChargeBasis,
  type RouteChoice,
} from '@lumenfall/contracts';
import type { Client, Prisma } from '@lumenfall/database';
import { videoOf, type VideoRow } from '@lumenfall/videos';

/** Everything that is stored about one request, for its operator: without texts of the caller and without secrets. */
export interface RequestReport {
  id: string;
  organization: { id: string; slug: string };
  /** Null if the key no longer exists. */
  key: { id: string; name: string; lastFour: string } | null;
  createdAt: Date;
  /** When its usage record was applied; null before that. */
  recordedAt: Date | null;
  durationMs: number | null;
  endpoint: string | null;
  modality: string | null;
  model: string | null;
  status: string;
  errorCode: string | null;
  errorMessage: string | null;
  provider: string | null;
  executedModel: string | null;
  /** Null until the request is recorded, and if no work was started. */
  choice: RouteChoice | null;
  attempts: Attempt[];
  charge: ChargeBasis | null;
  costMicros: number;
  unpriced: boolean;
  ledger: { id: string; kind: string; amountMicros: number; createdAt: Date }[];
  hold: { amountMicros: number; state: string; createdAt: Date; expiresAt: Date } | null;
  video: VideoReport | null;
}

export type VideoReport = Pick<
  VideoRow,
  | 'state'
  | 'version'
  | 'plan'
  | 'routeIndex'
  | 'progress'
  | 'pollCount'
  | 'nextActionAt'
  | 'deadline'
  | 'estimateMicros'
  | 'usageQueuedAt'
  | 'completedAt'
> & {
  /** The provider's id of its job. The URLs are left out, because some contain a secret. */
  upstreamId: string | null;
  /** Type and size of the delivered file. */
  output: { contentType: string; sizeBytes: number; expiresAt: Date } | null;
};

export interface RequestReportStore {
  /** Finds a request of any organization: a video once it is accepted, others once they are recorded. */
  find(requestId: string): Promise<RequestReport | null>;
}

const WITH_ALL = {
  organization: true,
  attempts: { orderBy: { position: 'asc' } },
} satisfies Prisma.RequestInclude;

export function requestReportStore(client: Client): RequestReportStore {
  return {
    async find(id) {
      const [request, ledger, hold, video] = await Promise.all([
        client.request.findUnique({ where: { id }, include: WITH_ALL }),
        client.ledgerEntry.findMany({ where: { requestId: id }, orderBy: { id: 'asc' } }),
        client.hold.findUnique({ where: { requestId: id } }),
        client.video.findUnique({ where: { requestId: id } }),
      ]);
      if (request === null) return null;
      const key = request.keyId === null ? null : await client.apiKey.findUnique({ where: { id: request.keyId } });
      const row = video && videoOf(video);
      return {
        id,
        organization: { id: request.organizationId, slug: request.organization.slug },
        key: key && { id: key.id, name: key.name, lastFour: key.lastFour },
        createdAt: request.createdAt,
        recordedAt: request.recordedAt,
        durationMs: request.durationMs === null ? null : Number(request.durationMs),
        endpoint: request.endpoint,
        modality: request.modality,
        model: request.model,
        status: request.status,
        errorCode: request.errorCode,
        errorMessage: request.errorMessage,
        provider: request.provider,
        executedModel: request.executedModel,
        choice: routeChoiceSchema.nullable().parse(request.choice) ?? row?.candidate?.choice ?? null,
        // Until its usage is recorded, only the row of a video has its attempts.
        attempts: request.recordedAt === null ? (row?.attempts ?? []) : request.attempts.map(attemptOf),
        charge: chargeBasisSchema.nullable().parse(request.charge),
        costMicros: Number(request.costMicros),
        unpriced: request.unpriced,
        ledger: ledger.map((entry) => ({
          id: String(entry.id),
          kind: entry.kind,
          amountMicros: Number(entry.amountMicros),
          createdAt: entry.createdAt,
        })),
        hold: hold && {
          amountMicros: Number(hold.amountMicros),
          state: hold.state,
          createdAt: hold.createdAt,
          expiresAt: hold.expiresAt,
        },
        video: row && videoReportOf(row),
      };
    },
  };
}

function attemptOf(row: Prisma.AttemptGetPayload<object>): Attempt {
  return attemptSchema.parse({
    ...row,
    durationMs: Number(row.durationMs),
    chosen: row.chosen ?? undefined,
    costMicros: Number(row.costMicros),
  });
}

function videoReportOf(row: VideoRow): VideoReport {
  const { state, version, plan, routeIndex, progress, pollCount, nextActionAt, deadline } = row;
  const { estimateMicros, usageQueuedAt, completedAt, output, handle } = row;
  return {
    ...{ state, version, plan, routeIndex, progress, pollCount, nextActionAt, deadline },
    ...{ estimateMicros, usageQueuedAt, completedAt },
    upstreamId: handle?.upstreamId ?? null,
    output: output && {
      contentType: output.contentType,
      sizeBytes: output.sizeBytes,
      expiresAt: new Date(output.expiresAt),
    },
  };
}
