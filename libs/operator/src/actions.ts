import { errorCodeSchema, type ErrorCode } from '@lumenfall/contracts';
import { keysetPage, storable, type Client, type KeysetPage, type OperatorActionColumns } from '@lumenfall/database';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

/** How an operator acts: by the command line, or by the admin API. */
export type ActionSource = 'cli' | 'admin';

export interface OperatorAction {
  source: ActionSource;
  /** The operation: `credits.add`. */
  action: string;
  organizationId: string | null;
  /** Names the cause of the change; null if it was given none. */
  reference: string | null;
  /** The parsed input: amounts are micros. */
  parameters: object;
  outcome: 'done' | ErrorCode;
  /** The output without secrets, or the message of the error. */
  result: object;
}

export interface StoredAction extends OperatorAction {
  id: string;
  createdAt: Date;
}

export interface ActionQuery {
  limit: number;
  organizationId?: string | undefined;
  startingAfter?: string | undefined;
  endingBefore?: string | undefined;
}

export interface ActionStore {
  /** Actions are never changed or removed. */
  record(action: OperatorAction): Promise<void>;
  /**
   * Takes a reference until the end of the transaction; a concurrent call waits. Null if no earlier action was done
   * with it.
   */
  claim(
    of: Pick<OperatorAction, 'action' | 'organizationId'> & { reference: string },
  ): Promise<{ result: object; isOf(parameters: object): boolean } | null>;
  /** Newest first. */
  page(query: ActionQuery): Promise<KeysetPage<StoredAction>>;
}

const objectSchema = z.record(z.string(), z.unknown());

export function actionStore(client: Client): ActionStore {
  return {
    async record({ parameters, result, ...action }) {
      await client.operatorAction.create({
        data: { ...action, parameters: storable({ ...parameters }), result: storable({ ...result }) },
      });
    },

    async claim({ action, organizationId, reference }) {
      const lock = [action, organizationId ?? '', reference].join('\n');
      await client.$queryRaw`SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended(${lock}, 0))) AS taken`;
      const earlier = await client.operatorAction.findFirst({
        where: { action, organizationId, reference, outcome: 'done' },
      });
      if (earlier === null) return null;
      const asStored = (parameters: object): unknown => JSON.parse(JSON.stringify(storable({ ...parameters })));
      return {
        result: objectSchema.parse(earlier.result),
        isOf: (parameters) => isDeepStrictEqual(asStored(parameters), earlier.parameters),
      };
    },

    async page({ limit, organizationId, startingAfter, endingBefore }) {
      const cursor = startingAfter ?? endingBefore;
      if (cursor !== undefined && !/^\d{1,18}$/.test(cursor)) return { rows: [], hasOlder: false, hasNewer: false };
      return keysetPage(
        async (side, from, take) => {
          const [beyond, sort] = side === 'older' ? (['lt', 'desc'] as const) : (['gt', 'asc'] as const);
          const found = await client.operatorAction.findMany({
            where: {
              ...(from && { id: { [beyond]: BigInt(from.id) } }),
              ...(organizationId !== undefined && { OR: [{ organizationId }, creationOf(organizationId)] }),
            },
            orderBy: { id: sort },
            take,
          });
          return found.map(stored);
        },
        limit,
        cursor === undefined
          ? null
          : { side: startingAfter === undefined ? 'newer' : 'older', of: { id: cursor, createdAt: new Date(0) } },
      );
    },
  };
}

/** The creation of an organization is the one action on it whose input could not name it. */
const creationOf = (id: string) => ({
  action: 'organizations.create',
  outcome: 'done',
  result: { path: ['id'], equals: id },
});

const actionSchema = z.object({
  source: z.enum(['cli', 'admin']),
  outcome: z.union([z.literal('done'), errorCodeSchema]),
  parameters: objectSchema,
  result: objectSchema,
});

function stored(row: OperatorActionColumns): StoredAction {
  const { id, createdAt, action, organizationId, reference } = row;
  return { id: String(id), createdAt, action, organizationId, reference, ...actionSchema.parse(row) };
}
