import type { MediaRetention, RoutingRules } from '@lumenfall/contracts';
import { keysetPage, type ApiKeyColumns, type Client } from '@lumenfall/database';
import { mintKey, type MintedKey } from './key-secret.js';
import { retentionOf, rulesOf } from './organizations.js';

export interface StoredApiKey {
  id: string;
  organizationId: string;
  name: string;
  lastFour: string;
  /** Hex SHA-256 of the secret. */
  secretHash: string;
  status: 'active' | 'revoked';
  createdAt: Date;
}

export interface ApiKeyQuery {
  limit: number;
  /** Ids of keys of the same organization; the page is empty if there is no such key. */
  startingAfter?: string | undefined;
  endingBefore?: string | undefined;
  status?: 'active' | 'revoked' | undefined;
}

export interface ApiKeyStore {
  /** The key, with the settings of its organization that the gateway needs. */
  find(keyId: string): Promise<(StoredApiKey & { rules: RoutingRules; mediaRetention: MediaRetention }) | null>;
  /** Newest first. */
  list(
    organizationId: string,
    query: ApiKeyQuery,
  ): Promise<{ keys: StoredApiKey[]; hasOlder: boolean; hasNewer: boolean }>;
  /** Returns the whole key, which is not stored. */
  create(organizationId: string, name: string): Promise<{ key: string; id: string }>;
  /** Creates a key only if the organization never had one; of two concurrent calls one does. Null otherwise. */
  createFirst(organizationId: string, name: string): Promise<{ key: string; id: string } | null>;
  /** Stores a given key. False if its id exists with another secret or in another organization. */
  adopt(organizationId: string, name: string, key: MintedKey): Promise<boolean>;
  /** False if there is no active key of that id. */
  revoke(keyId: string): Promise<boolean>;
}

export function apiKeyStore(client: Client): ApiKeyStore {
  const rowOf = (organizationId: string, name: string, { id, secretHash, lastFour }: MintedKey) => ({
    id,
    organizationId,
    name,
    secretHash,
    lastFour,
  });

  return {
    async find(keyId) {
      const organization = { select: { routingAllow: true, routingDeny: true, mediaRetention: true } };
      const row = await client.apiKey.findUnique({ where: { id: keyId }, include: { organization } });
      return (
        row && {
          ...stored(row),
          rules: rulesOf(row.organization),
          mediaRetention: retentionOf(row.organization),
        }
      );
    },

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

    async create(organizationId, name) {
      const minted = mintKey();
      await client.apiKey.create({ data: rowOf(organizationId, name, minted) });
      return { key: minted.key, id: minted.id };
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
      await client.apiKey.createMany({ data: [rowOf(organizationId, name, key)], skipDuplicates: true });
      const kept = await client.apiKey.findUnique({ where: { id: key.id } });
      return kept?.secretHash === key.secretHash && kept.organizationId === organizationId;
    },

    async revoke(keyId) {
      const { count } = await client.apiKey.updateMany({
        where: { id: keyId, status: 'active' },
        data: { status: 'revoked', revokedAt: new Date() },
      });
      return count > 0;
    },
  };
}

function stored({ id, organizationId, name, lastFour, secretHash, status, createdAt }: ApiKeyColumns): StoredApiKey {
  return {
    id,
    organizationId,
    name,
    lastFour,
    secretHash,
    // An unknown status counts as revoked.
    status: status === 'active' ? 'active' : 'revoked',
    createdAt,
  };
}
