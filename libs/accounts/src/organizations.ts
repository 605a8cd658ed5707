import {
  mediaRetentionSchema,
  newKsuid,
  type LimitChanges,
  type Limits,
  type MediaRetention,
  type RoutingRules,
} from '@lumenfall/contracts';
import {
  keysetPage,
  type Client,
  type FetchSide,
  type KeysetPage,
  type OrganizationColumns,
} from '@lumenfall/database';
import type { Micros } from '@lumenfall/money';
import { limitsOf } from './stored-limits.js';

export interface StoredOrganization {
  id: string;
  slug: string;
  name: string;
  /** Used unless the request sets one. */
  mediaRetention: MediaRetention;
  /** How long request and response bodies are kept; `none`: not at all. */
  payloadRetention: MediaRetention;
  /** The offerings that its requests may use. */
  rules: RoutingRules;
  /** Over all its keys; null if they cannot be read. */
  limits: Limits | null;
  /** Added to every price and every reported cost of its requests, in percent (`12.5`); null: nothing. */
  marginPercent: string | null;
  createdAt: Date;
}

export interface NewOrganization {
  /** Short, unique and readable. */
  slug: string;
  name: string;
  billingType?: 'prepaid' | 'postpaid';
  /** How far below zero the balance of a postpaid account may go. */
  creditLimitMicros?: Micros;
  /** Initial credit, a ledger entry of kind `top_up`. */
  grantMicros?: Micros;
  /** What the initial credit is, by default `initial credit`; it becomes the reference of its entry. */
  grantNote?: string;
}

/** The settings that an operator may change; an undefined one stays as it is. */
export type OrganizationChanges = {
  [Setting in keyof Settings]?: Settings[Setting] | undefined;
};
type Settings = RoutingRules &
  Pick<StoredOrganization, 'name' | 'mediaRetention' | 'payloadRetention' | 'marginPercent'> &
  Required<Pick<NewOrganization, 'billingType' | 'creditLimitMicros'>>;

export interface OrganizationQuery {
  limit: number;
  /** Ids of organizations; the page is empty if there is none. */
  startingAfter?: string | undefined;
  endingBefore?: string | undefined;
}

export interface OrganizationStore {
  find(id: string): Promise<StoredOrganization | null>;
  findBySlug(slug: string): Promise<StoredOrganization | null>;
  /** Replaces the given settings; gateways apply them within two seconds. Null if the slug does not exist. */
  change(slug: string, changes: OrganizationChanges): Promise<StoredOrganization | null>;
  /** Newest first. */
  list(query: OrganizationQuery): Promise<KeysetPage<StoredOrganization>>;
  /** Changes the limits over all its keys; gateways apply them within two seconds. Null if there is no such id. */
  changeLimits(id: string, changes: LimitChanges): Promise<Limits | null>;
  /** Creates it with its account and credit in one transaction; if the slug exists, changes nothing. */
  ensure(organization: NewOrganization): Promise<{ id: string; created: boolean }>;
}

export function organizationStore(client: Client): OrganizationStore {
  return {
    async find(id) {
      const row = await client.organization.findUnique({ where: { id } });
      return row && stored(row);
    },

    async findBySlug(slug) {
      const row = await client.organization.findUnique({ where: { slug } });
      return row && stored(row);
    },

    change: (
      slug,
      { name, allow, deny, mediaRetention, payloadRetention, marginPercent, billingType, creditLimitMicros },
    ) =>
      client.$transaction(async (tx) => {
        const [row] = await tx.organization.updateManyAndReturn({
          where: { slug },
          data: {
            ...(name && { name }),
            ...(allow && { routingAllow: allow }),
            ...(deny && { routingDeny: deny }),
            ...(mediaRetention && { mediaRetention }),
            ...(marginPercent !== undefined && { marginPercent }),
            ...(payloadRetention && { payloadRetention }),
          },
        });
        if (row === undefined) return null;
        const account = {
          ...(billingType && { billingType }),
          ...(creditLimitMicros !== undefined && { creditLimitMicros: BigInt(creditLimitMicros) }),
        };
        if (Object.keys(account).length > 0) {
          await tx.account.update({ where: { organizationId: row.id }, data: account });
        }
        return stored(row);
      }),

    async list({ limit, startingAfter, endingBefore }) {
      const cursorId = startingAfter ?? endingBefore;
      const of = cursorId === undefined ? null : await client.organization.findUnique({ where: { id: cursorId } });
      if (cursorId !== undefined && of === null) return { rows: [], hasOlder: false, hasNewer: false };
      const fetch: FetchSide<StoredOrganization> = async (side, from, take) => {
        const [beyond, sort] = side === 'older' ? (['lt', 'desc'] as const) : (['gt', 'asc'] as const);
        const rows = await client.organization.findMany({
          where: from
            ? {
                OR: [
                  { createdAt: { [beyond]: from.createdAt } },
                  { createdAt: from.createdAt, id: { [beyond]: from.id } },
                ],
              }
            : {},
          orderBy: [{ createdAt: sort }, { id: sort }],
          take,
        });
        return rows.map(stored);
      };
      return keysetPage(fetch, limit, of && { side: startingAfter === undefined ? 'newer' : 'older', of });
    },

    async changeLimits(id, changes) {
      const rows = await client.$queryRaw<{ limits: unknown }[]>`
        UPDATE organizations SET limits = jsonb_strip_nulls(limits || ${JSON.stringify(changes)}::jsonb)
        WHERE id = ${id} RETURNING limits`;
      return rows[0] === undefined ? null : limitsOf(rows[0]);
    },

    ensure: ({ slug, name, billingType = 'prepaid', creditLimitMicros, grantMicros, grantNote = 'initial credit' }) =>
      client.$transaction(async (tx) => {
        const id = `org_${newKsuid()}`;
        const created = await tx.organization.createMany({ data: [{ id, slug, name }], skipDuplicates: true });
        if (created.count === 0) {
          const existing = await tx.organization.findUniqueOrThrow({ where: { slug } });
          return { id: existing.id, created: false };
        }
        await tx.account.create({
          data: { organizationId: id, billingType, creditLimitMicros: BigInt(creditLimitMicros ?? 0) },
        });
        if (grantMicros !== undefined && grantMicros > 0) {
          await tx.ledgerEntry.create({
            data: {
              organizationId: id,
              kind: 'top_up',
              amountMicros: BigInt(grantMicros),
              balanceAfterMicros: BigInt(grantMicros),
              reference: grantNote.replaceAll(' ', '-'),
              note: grantNote,
            },
          });
        }
        return { id, created: true };
      }),
  };
}

function stored(row: OrganizationColumns): StoredOrganization {
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    mediaRetention: retentionOf(row.mediaRetention),
    payloadRetention: retentionOf(row.payloadRetention),
    rules: rulesOf(row),
    limits: limitsOf(row),
    marginPercent: row.marginPercent,
    createdAt: row.createdAt,
  };
}

/** An unknown value counts as the shortest retention. */
export const retentionOf = (stored: string): MediaRetention => mediaRetentionSchema.catch('none').parse(stored);

export const rulesOf = (row: Pick<OrganizationColumns, 'routingAllow' | 'routingDeny'>): RoutingRules => ({
  allow: row.routingAllow,
  deny: row.routingDeny,
});
