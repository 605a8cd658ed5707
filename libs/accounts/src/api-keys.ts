import { systemClock, type Clock } from '@lumenfall/async';
import {
  apiError,
  fail,
  limitsSchema,
  succeed,
  type LimitChanges,
  type Limits,
  type MediaRetention,
  type Result,
  type RoutingRules,
} from '@lumenfall/contracts';
import { keysetPage, type ApiKeyColumns, type Client } from '@lumenfall/database';
import { mintKey, type MintedKey } from './key-secret.js';
import { retentionOf, rulesOf } from './organizations.js';
import { limitsOf } from './stored-limits.js';

export interface StoredApiKey {
  id: string;
  organizationId: string;
  /** Unique in the organization, revoked keys included. */
  name: string;
  lastFour: string;
  /** Hex SHA-256 of the secret. */
  secretHash: string;
  status: 'active' | 'revoked';
  createdAt: Date;
  revokedAt: Date | null;
  /** The key is refused from then on; null: it does not expire. */
  expiresAt: Date | null;
  /** To the minute; null: never. */
  lastUsedAt: Date | null;
  /** Null if they cannot be read: the key must then be refused. */
  limits: Limits | null;
}

/** A key with the settings of its organization that the gateway needs. */
export interface KeyWithSettings extends StoredApiKey {
  rules: RoutingRules;
  mediaRetention: MediaRetention;
  /** Added to every price, in percent; null: nothing. */
  marginPercent: string | null;
  payloadRetention: MediaRetention;
  /** Null if they cannot be read: the key must then be refused. */
  organizationLimits: Limits | null;
}

export interface ApiKeyQuery {
  limit: number;
  /** Ids of keys of the same organization; the page is empty if there is no such key. */
  startingAfter?: string | undefined;
  endingBefore?: string | undefined;
  status?: 'active' | 'revoked' | undefined;
}

export interface NewApiKey {
  expiresAt?: Date | undefined;
  limits?: Limits | undefined;
}

/** A new key; `key` is the whole key, which is not stored. */
export interface CreatedApiKey {
  key: string;
  id: string;
}

export interface ApiKeyStore {
  find(keyId: string): Promise<KeyWithSettings | null>;
  /** The keys of these ids that exist, by id, read in one query. */
  findAll(keyIds: readonly string[]): Promise<Map<string, KeyWithSettings>>;
  /** Newest first. */
  list(
    organizationId: string,
    query: ApiKeyQuery,
  ): Promise<{ keys: StoredApiKey[]; hasOlder: boolean; hasNewer: boolean }>;
  /**
   * Errors: `INVALID_REQUEST` for a name that is empty, too long or taken, for an expiry in the past and for invalid
   * limits; `NOT_FOUND` for an unknown organization.
   */
  create(organizationId: string, name: string, key?: NewApiKey): Promise<Result<CreatedApiKey>>;
  /** Creates a key only if the organization never had one; of two concurrent calls one does. Null otherwise. */
  createFirst(organizationId: string, name: string): Promise<CreatedApiKey | null>;
  /** Stores a given key. False if its id exists with another secret or in another organization. */
  adopt(organizationId: string, name: string, key: MintedKey): Promise<boolean>;
  /** Gateways refuse the key within two seconds. False if there is no active key of that id. */
  revoke(keyId: string): Promise<boolean>;
  /** Deletes a revoked key; the requests of its history keep its id. An active key is not deleted. */
  remove(keyId: string): Promise<'removed' | 'active' | 'unknown'>;
  /** Gateways apply them within two seconds. Null if there is no such key. */
  changeLimits(keyId: string, changes: LimitChanges): Promise<Limits | null>;
  /** Stores that these keys were used now. */
  touch(keyIds: readonly string[]): Promise<void>;
}

const MAX_NAME = 100;

export function apiKeyStore(client: Client, clock: Clock = systemClock): ApiKeyStore {
  const rowOf = (organizationId: string, name: string, { id, secretHash, lastFour }: MintedKey) => ({
    id,
    organizationId,
    name,
    secretHash,
    lastFour,
  });

  const findAll = async (keyIds: readonly string[]): Promise<Map<string, KeyWithSettings>> => {
    const organization = {
      select: {
        routingAllow: true,
        routingDeny: true,
        mediaRetention: true,
        payloadRetention: true,
        marginPercent: true,
        limits: true,
      },
    };
    const rows = await client.apiKey.findMany({ where: { id: { in: [...keyIds] } }, include: { organization } });
    const keys = rows.map((row) => ({
      ...stored(row),
      rules: rulesOf(row.organization),
      marginPercent: row.organization.marginPercent,
      mediaRetention: retentionOf(row.organization.mediaRetention),
      payloadRetention: retentionOf(row.organization.payloadRetention),
      organizationLimits: limitsOf(row.organization),
    }));
    return new Map(keys.map((key) => [key.id, key]));
  };

  return {
    find: async (keyId) => (await findAll([keyId])).get(keyId) ?? null,
    findAll,

    async list(organizationId, { limit, startingAfter, endingBefore, status }) {
      const cursorId = startingAfter ?? endingBefore;
      const of =
        cursorId === undefined ? null : await client.apiKey.findFirst({ where: { id: cursorId, organizationId } });
      if (cursorId !== undefined && !of) return { keys: [], hasOlder: false, hasNewer: false };
      const page = await keysetPage(
        (side, from, take) => {
          const [beyond, sort] = side === 'older' ? (['lt', 'desc'] as const) : (['gt', 'asc'] as const);
          return client.apiKey.findMany({
            where: {
              organizationId,
              ...(status && { status }),
              ...(from && {
                OR: [
                  { createdAt: { [beyond]: from.createdAt } },
                  { createdAt: from.createdAt, id: { [beyond]: from.id } },
                ],
              }),
            },
            orderBy: [{ createdAt: sort }, { id: sort }],
            take,
          });
        },
        limit,
        of && { side: startingAfter === undefined ? 'newer' : 'older', of },
      );
      return { keys: page.rows.map(stored), hasOlder: page.hasOlder, hasNewer: page.hasNewer };
    },

    async create(organizationId, wantedName, { expiresAt, limits = {} } = {}) {
      const name = wantedName.trim();
      const invalid = (param: string, problem: string) =>
        fail(apiError('INVALID_REQUEST', `${param}: ${problem}`, { param }));
      if (name === '' || name.length > MAX_NAME) return invalid('name', `expected 1 to ${MAX_NAME} characters`);
      if (expiresAt !== undefined && !(expiresAt.getTime() > clock.now()))
        return invalid('expires_at', 'expected a time in the future');
      const checked = limitsSchema.safeParse(limits);
      if (!checked.success) return invalid('limits', checked.error.issues[0]?.message ?? 'expected valid limits');
      if ((await client.organization.count({ where: { id: organizationId } })) === 0)
        return fail(apiError('NOT_FOUND', `There is no organization ${organizationId}`));
      const minted = mintKey();
      const row = { ...rowOf(organizationId, name, minted), expiresAt: expiresAt ?? null, limits: checked.data };
      const { count } = await client.apiKey.createMany({ data: [row], skipDuplicates: true });
      if (count === 1) return succeed({ key: minted.key, id: minted.id });
      const taken = `the organization already has a key named '${name}'. Choose another name, or revoke and delete that key`;
      return invalid('name', taken);
    },

    createFirst: (organizationId, name) =>
      client.$transaction(async (tx) => {
        await tx.$queryRaw`SELECT 1 FROM organizations WHERE id = ${organizationId} FOR UPDATE`;
        if ((await tx.apiKey.count({ where: { organizationId } })) > 0) return null;
        const minted = mintKey();
        await tx.apiKey.create({ data: rowOf(organizationId, name, minted) });
        return { key: minted.key, id: minted.id };
      }),

    async adopt(organizationId, name, key) {
      // If the name is taken by another key, the id is added to it.
      for (const free of [name, `${name} (${key.id})`]) {
        await client.apiKey.createMany({ data: [rowOf(organizationId, free, key)], skipDuplicates: true });
        const kept = await client.apiKey.findUnique({ where: { id: key.id } });
        if (kept !== null) return kept.secretHash === key.secretHash && kept.organizationId === organizationId;
      }
      return false;
    },

    async revoke(keyId) {
      const { count } = await client.apiKey.updateMany({
        where: { id: keyId, status: 'active' },
        data: { status: 'revoked', revokedAt: new Date(clock.now()) },
      });
      return count > 0;
    },

    async remove(keyId) {
      const { count } = await client.apiKey.deleteMany({ where: { id: keyId, status: 'revoked' } });
      if (count > 0) return 'removed';
      return (await client.apiKey.count({ where: { id: keyId } })) > 0 ? 'active' : 'unknown';
    },

    async changeLimits(keyId, changes) {
      const rows = await client.$queryRaw<{ limits: unknown }[]>`
        UPDATE api_keys SET limits = jsonb_strip_nulls(limits || ${JSON.stringify(changes)}::jsonb)
        WHERE id = ${keyId} RETURNING limits`;
      return rows[0] === undefined ? null : limitsOf(rows[0]);
    },

    async touch(keyIds) {
      const now = new Date(clock.now());
      await client.apiKey.updateMany({
        where: { id: { in: [...keyIds] }, OR: [{ lastUsedAt: null }, { lastUsedAt: { lt: now } }] },
        data: { lastUsedAt: now },
      });
    },
  };
}

function stored(row: ApiKeyColumns): StoredApiKey {
  return {
    id: row.id,
    organizationId: row.organizationId,
    name: row.name,
    lastFour: row.lastFour,
    secretHash: row.secretHash,
    // An unknown status counts as revoked.
    status: row.status === 'active' ? 'active' : 'revoked',
    createdAt: row.createdAt,
    revokedAt: row.revokedAt,
    expiresAt: row.expiresAt,
    lastUsedAt: row.lastUsedAt,
    limits: limitsOf(row),
  };
}
