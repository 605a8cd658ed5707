import { mediaRetentionSchema, newKsuid, type MediaRetention, type RoutingRules } from '@lumenfall/contracts';
import type { Client, OrganizationColumns } from '@lumenfall/database';
import type { Micros } from '@lumenfall/money';

export interface StoredOrganization {
  id: string;
  slug: string;
  name: string;
  /** Where a request does not say. */
  mediaRetention: MediaRetention;
  /** Which offerings its requests may use. */
  rules: RoutingRules;
  createdAt: Date;
}

export interface NewOrganization {
  /** Short, unique, human. */
  slug: string;
  name: string;
  billingType?: 'prepaid' | 'postpaid';
  /** How far below zero a postpaid account may go. */
  creditLimitMicros?: Micros;
  /** Credit at the start, as a ledger entry of kind `grant`. */
  grantMicros?: Micros;
}

/** What an operator may set. */
export type OrganizationChanges = Partial<RoutingRules & Pick<StoredOrganization, 'mediaRetention'>>;

export interface OrganizationStore {
  find(id: string): Promise<StoredOrganization | null>;
  findBySlug(slug: string): Promise<StoredOrganization | null>;
  /** Replaces what is given; the gateways follow within the seconds that they know a key for. Null: no such slug. */
  change(slug: string, changes: OrganizationChanges): Promise<StoredOrganization | null>;
  /** Creates it with its account and credit, all or nothing; an existing slug is left alone, its credit too. */
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
            data: { organizationId: id, kind: 'grant', amountMicros: BigInt(grantMicros), note: 'Initial credit' },
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
    createdAt: row.createdAt,
  };
}

/** What no version of ours wrote counts as the shortest. */
export const retentionOf = ({ mediaRetention }: Pick<OrganizationColumns, 'mediaRetention'>): MediaRetention =>
  mediaRetentionSchema.catch('none').parse(mediaRetention);

export const rulesOf = (row: Pick<OrganizationColumns, 'routingAllow' | 'routingDeny'>): RoutingRules => ({
  allow: row.routingAllow,
  deny: row.routingDeny,
});
