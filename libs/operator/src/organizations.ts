import { organizationStore, type StoredOrganization } from '@lumenfall/accounts';
import {
  apiError,
  fail,
  marginPercentSchema,
  mediaRetentionSchema,
  succeed,
  type MediaRetention,
  type Result,
} from '@lumenfall/contracts';
import type { Client } from '@lumenfall/database';
import { ledgerStore } from '@lumenfall/ledger';
import { micros, microsToUsd, ZERO_MICROS } from '@lumenfall/money';
import { z } from 'zod';
import { nameField, organizationField, pageFields, referenceField, usdField, type Page } from './fields.js';
import { limitChangesOf, limitsField, limitsView, type LimitsView } from './limits-field.js';
import { change, lookUp } from './operation.js';
import { patternsField } from './patterns-field.js';

/** An organization with its settings and its account; amounts in USD. */
export interface OrganizationView {
  id: string;
  object: 'organization';
  slug: string;
  name: string;
  created_at: string;
  billing_mode: 'prepaid' | 'postpaid';
  balance: number;
  /** Reserved for running requests. */
  held: number;
  /** What requests can spend: the balance without the holds, and with the credit limit if the mode is postpaid. */
  available: number;
  credit_limit: number;
  currency: 'usd';
  allow: string[];
  deny: string[];
  media_retention: MediaRetention;
  /** How long request and response bodies are kept; `none`: not at all. */
  payload_retention: MediaRetention;
  /** Added to every price and every reported cost, in percent (`12.5`); null: nothing. */
  margin_percent: string | null;
  /** Over all its keys; null if the stored limits cannot be read. */
  limits: LimitsView | null;
}

const settings = {
  billing_mode: z.enum(['prepaid', 'postpaid']).optional(),
  /** How far below zero the balance of a postpaid account may go. */
  credit_limit: usdField.refine((amount) => amount >= 0, 'must be 0 or more').optional(),
  media_retention: mediaRetentionSchema.optional(),
  payload_retention: mediaRetentionSchema.optional(),
  margin_percent: marginPercentSchema.nullable().optional(),
  allow: patternsField.optional(),
  deny: patternsField.optional(),
  limits: limitsField.optional(),
};

type Settings = z.infer<z.ZodObject<typeof settings>>;

/** Lower-case words joined by hyphens; ids begin with `org_`, so a slug is never taken for an id. */
const slugField = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'expected lower-case letters, digits and hyphens, at most 64');

export const createOrganization = change({
  input: z.strictObject({
    name: nameField,
    slug: slugField.optional(),
    ...settings,
    reference: referenceField.optional(),
  }),
  async run(client, { name, slug = slugOf(name), billing_mode, credit_limit, ...rest }) {
    if (slug === '') {
      return fail(
        apiError('INVALID_REQUEST', 'slug: the name has no letters or digits: give a slug', { param: 'slug' }),
      );
    }
    const made = await organizationStore(client).ensure({
      slug,
      name,
      billingType: billing_mode ?? 'prepaid',
      creditLimitMicros: credit_limit ?? ZERO_MICROS,
    });
    if (!made.created) {
      const message = `slug: an organization '${slug}' exists already: give another slug`;
      return fail(apiError('INVALID_REQUEST', message, { param: 'slug' }));
    }
    return applySettings(client, slug, rest);
  },
});

export const setOrganization = change({
  input: z.strictObject({
    organization: organizationField,
    name: nameField.optional(),
    ...settings,
    reference: referenceField.optional(),
  }),
  run: (client, { organization: _, reference: __, ...given }, { slug }) => applySettings(client, slug, given),
});

export const showOrganization = lookUp({
  input: z.strictObject({ organization: organizationField }),
  run: async (client, _input, organization) => succeed(await organizationView(client, organization)),
});

export const listOrganizations = lookUp({
  input: z.strictObject(pageFields),
  async run(client, { limit, starting_after: startingAfter, ending_before: endingBefore }) {
    const { rows, hasOlder, hasNewer } = await organizationStore(client).list({ limit, startingAfter, endingBefore });
    const data: OrganizationView[] = [];
    for (const row of rows) data.push(await organizationView(client, row));
    return succeed<Page<OrganizationView>>({ data, has_older: hasOlder, has_newer: hasNewer });
  },
});

async function applySettings(
  client: Client,
  slug: string,
  given: Settings & { name?: string | undefined },
): Promise<Result<OrganizationView>> {
  const organizations = organizationStore(client);
  const { name, billing_mode: billingType, credit_limit: creditLimitMicros, limits } = given;
  const { allow, deny, media_retention: mediaRetention } = given;
  const { payload_retention: payloadRetention, margin_percent: marginPercent } = given;
  const changes = {
    name,
    billingType,
    creditLimitMicros,
    allow,
    deny,
    mediaRetention,
    payloadRetention,
    marginPercent,
  };
  const changed = await organizations.change(slug, changes);
  if (changed === null) throw new Error(`organization '${slug}' vanished in a transaction`);
  const changedLimits = limits && (await organizations.changeLimits(changed.id, limitChangesOf(limits)));
  return succeed(await organizationView(client, { ...changed, ...(changedLimits && { limits: changedLimits }) }));
}

async function organizationView(client: Client, organization: StoredOrganization): Promise<OrganizationView> {
  const { id, slug, name, createdAt, rules, mediaRetention } = organization;
  const figures = await ledgerStore(client).figures(id);
  if (figures === null) throw new Error(`organization ${id} has no account`);
  const { billingType, balanceMicros, heldMicros, creditLimitMicros } = figures;
  const credit = billingType === 'postpaid' ? creditLimitMicros : 0;
  return {
    id,
    object: 'organization',
    slug,
    name,
    created_at: createdAt.toISOString(),
    billing_mode: billingType,
    balance: microsToUsd(balanceMicros),
    held: microsToUsd(heldMicros),
    available: microsToUsd(micros(balanceMicros - heldMicros + credit)),
    credit_limit: microsToUsd(creditLimitMicros),
    currency: 'usd',
    allow: rules.allow,
    deny: rules.deny,
    media_retention: mediaRetention,
    payload_retention: organization.payloadRetention,
    margin_percent: organization.marginPercent,
    limits: limitsView(organization.limits),
  };
}

/** `Acme Inc.` -> `acme-inc`. */
function slugOf(name: string): string {
  const words =
    name
      .normalize('NFKD')
      .toLowerCase()
      .replace(/\p{M}/gu, '')
      .match(/[a-z0-9]+/g) ?? [];
  return words.join('-').slice(0, 64).replace(/-$/, '');
}
