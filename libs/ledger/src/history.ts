import {
  apiError,
  fail,
  parseRequestId,
  requestViewSchema,
  succeed,
  type RequestPage,
  type RequestQuery,
  type RequestView,
  type Result,
} from '@lumenfall/contracts';
import { keysetPage, type Client, type Prisma } from '@lumenfall/database';
import { micros, microsToUsd } from '@lumenfall/money';
import { summaryOf } from './history-summary.js';

export interface HistoryStore {
  /** Null also for a request of another organization. */
  find(organizationId: string, requestId: string): Promise<RequestView | null>;
  /** Newest first. `INVALID_REQUEST` if a cursor is not a request of this organization. */
  page(organizationId: string, query: RequestQuery): Promise<Result<RequestPage>>;
}

export function historyStore(client: Client): HistoryStore {
  async function findCursor(organizationId: string, query: RequestQuery) {
    const name = query.starting_after === undefined ? ('ending_before' as const) : ('starting_after' as const);
    const text = query[name];
    if (text === undefined) return succeed(null);
    if (query.starting_after !== undefined && query.ending_before !== undefined) {
      return fail(
        apiError('INVALID_REQUEST', 'starting_after and ending_before cannot be combined', { param: 'ending_before' }),
      );
    }
    const id = parseRequestId(text);
    const of = id && (await client.request.findUnique({ select: SHOWN, where: { id, organizationId } }));
    if (of) return succeed({ side: name === 'starting_after' ? ('older' as const) : ('newer' as const), of });
    return fail(apiError('INVALID_REQUEST', `${name}: the request '${text}' does not exist`, { param: name }));
  }

  return {
    async find(organizationId, requestId) {
      const row = await client.request.findUnique({ select: SHOWN, where: { id: requestId, organizationId } });
      return row && viewOf(row);
    },

    async page(organizationId, query) {
      const cursor = await findCursor(organizationId, query);
      if (!cursor.ok) return cursor;
      const where = filterOf(organizationId, query);
      const page = await keysetPage(
        (side, from, take) => {
          const [beyond, sort] = side === 'older' ? (['lt', 'desc'] as const) : (['gt', 'asc'] as const);
          const past: Prisma.RequestWhereInput = from
            ? {
                // Implied by `OR`, but lets the index scan start at the position.
                createdAt: { [`${beyond}e`]: from.createdAt },
                OR: [
                  { createdAt: { [beyond]: from.createdAt } },
                  { createdAt: from.createdAt, id: { [beyond]: from.id } },
                ],
              }
            : {};
          return client.request.findMany({
            select: SHOWN,
            where: { AND: [where, past] },
            orderBy: [{ createdAt: sort }, { id: sort }],
            take,
          });
        },
        query.limit,
        cursor.value,
      );
      return succeed({
        data: page.rows.map(viewOf),
        hasOlder: page.hasOlder,
        hasNewer: page.hasNewer,
        ...(query.summary === 'true' && { summary: await summaryOf(client, organizationId, query) }),
      });
    },
  };
}

function filterOf(organizationId: string, query: RequestQuery): Prisma.RequestWhereInput {
  return {
    organizationId,
    ...(query.key_id !== undefined && { keyId: query.key_id }),
    ...(query.status !== undefined && { status: query.status }),
    createdAt: {
      ...(query.created_after !== undefined && { gte: new Date(query.created_after) }),
      ...(query.created_before !== undefined && { lte: new Date(query.created_before) }),
    },
  };
}

/** The columns of a view. The others are wide: charge and choice are JSON. */
const SHOWN = {
  id: true,
  createdAt: true,
  model: true,
  modality: true,
  endpoint: true,
  status: true,
  costMicros: true,
  durationMs: true,
  keyId: true,
  errorCode: true,
  errorMessage: true,
  sessionId: true,
  traceId: true,
  user: true,
  requestSizeBytes: true,
  responseSizeBytes: true,
} as const satisfies Prisma.RequestSelect;

type ShownColumns = Prisma.RequestGetPayload<{ select: typeof SHOWN }>;

function viewOf(row: ShownColumns): RequestView {
  return requestViewSchema.parse({
    id: row.id,
    object: 'request',
    created_at: row.createdAt.toISOString(),
    model: row.model,
    modality: row.modality,
    endpoint: row.endpoint,
    status: row.status,
    cost: microsToUsd(micros(row.costMicros)),
    currency: 'usd',
    duration_ms: numberOf(row.durationMs),
    key_id: row.keyId,
    error_code: row.errorCode,
    error_message: row.errorMessage,
    session_id: row.sessionId,
    trace_id: row.traceId,
    user: row.user,
    request_size_bytes: numberOf(row.requestSizeBytes),
    response_size_bytes: numberOf(row.responseSizeBytes),
  });
}

const numberOf = (value: bigint | null): number | null => (value === null ? null : Number(value));
