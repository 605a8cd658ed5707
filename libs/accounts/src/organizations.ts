import {
  mediaRetentionSchema,
  newKsuid,
  type LimitChanges,
  type Limits,
  type MediaRetention,
  type RoutingRules,
} from '@lumenfall/contracts';
import type { Client, OrganizationColumns } from '@lumenfall/database';
import type { Micros } from '@lumenfall/money';
import { limitsOf } from './stored-limits.js';

export interface StoredOrganization {
  id: string;
  slug: string;
  name: string;
  /** Used unless the request sets one. */
  mediaRetention: MediaRetention;
  /** The offerings that its requests may use. */
  rules: RoutingRules;
  /** Over all its keys; null if they cannot be read. */
  limits: Limits | null;
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
}

/** The settings that an operator may change. */
export type OrganizationChanges = Partial<RoutingRules & Pick<StoredOrganization, 'mediaRetention'>>;

export interface OrganizationStore {
  find(id: string): Promise<StoredOrganization | null>;
  findBySlug(slug: string): Promise<StoredOrganization | null>;
  /** Replaces the given settings; gateways apply them within two seconds. Null if the slug does not exist. */
  change(slug: string, changes: OrganizationChanges): Promise<StoredOrganization | null>;
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

    async change(slug, { allow, deny, mediaRetention }) {
      const [row] = await client.organization.updateManyAndReturn({
        where: { slug },
        data: {
          ...(allow && { routingAllow: allow }),
          ...(deny && { routingDeny: deny }),
          ...(mediaRetention && { mediaRetention }),
        },
      });
      return row === undefined ? null : stored(row);
    },

    async changeLimits(id, changes) {
      const rows = await client.$queryRaw<{ limits: unknown }[]>`
        UPDATE organizations SET limits = jsonb_strip_nulls(limits || ${JSON.stringify(changes)}::jsonb)
        WHERE id = ${id} RETURNING limits`;
      return rows[0] === undefined ? null : limitsOf(rows[0]);
    },

    ensure: ({ slug, name, billingType = 'prepaid', creditLimitMicros, grantMicros }) =>
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
              reference: 'initial-credit',
              note: 'Initial credit',
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
    mediaRetention: retentionOf(row),
    rules: rulesOf(row),
    limits: limitsOf(row),
    createdAt: row.createdAt,
  };
}

/** An unknown value counts as the shortest retention. */
export const retentionOf = ({ mediaRetention }: Pick<OrganizationColumns, 'mediaRetention'>): MediaRetention =>
  mediaRetentionSchema.catch('none').parse(mediaRetention);

export const rulesOf = (row: Pick<OrganizationColumns, 'routingAllow' | 'routingDeny'>): RoutingRules => ({
  allow: row.routingAllow,
  deny: row.routingDeny,
});
