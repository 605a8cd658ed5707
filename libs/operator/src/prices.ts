import { apiError, fail, priceLineSchema, succeed, type PriceLine } from '@lumenfall/contracts';
import { priceListStore, type StoredPriceList } from '@lumenfall/prices';
import { z } from 'zod';
import { pageFields, referenceField, type Page } from './fields.js';
import { change, lookUp } from './operation.js';

/** An imported price version. */
export interface PriceVersionView {
  id: string;
  object: 'price_version';
  /** The id of the model in the catalog. */
  model: string;
  /** `<provider>/<provider model id>` */
  offering: string;
  version: string;
  lines: PriceLine[];
  valid_from: string;
  imported_by: string;
  /** The file or request that it came from. */
  source: string;
  created_at: string;
}

const text = z.string().min(1).max(200);

/** Adds price versions. The caller has checked them against the catalog: see `parsePriceFile`. */
export const importPrices = change({
  input: z.strictObject({
    prices: z
      .array(
        z.strictObject({ model: text, offering: text, version: text, lines: z.array(priceLineSchema).min(1).max(100) }),
      )
      .min(1)
      .max(1_000),
    /** Null: from now on. */
    valid_from: z.iso.datetime().nullable().default(null),
    imported_by: text,
    source: text,
    reference: referenceField.optional(),
  }),
  async run(client, { prices, valid_from: validFrom, imported_by: importedBy, source }) {
    const added = await priceListStore(client).add({
      offerings: prices.map(({ model, offering, version, lines }) => ({ model, offering, price: { version, lines } })),
      validFrom: validFrom === null ? null : new Date(validFrom),
      ...{ importedBy, source },
    });
    if (added === null) {
      const message = `valid_from: ${validFrom ?? ''} has passed. Prices can begin now or later`;
      return fail(apiError('INVALID_REQUEST', message, { param: 'valid_from' }));
    }
    return succeed({ added: added.map(priceVersionView), unchanged: prices.length - added.length });
  },
});

/** The imported price versions, those that begin last first. */
export const listPrices = lookUp({
  input: z.strictObject({ model: text.optional(), ...pageFields }),
  async run(client, { model, limit, starting_after: after, ending_before: before }) {
    const lists = await priceListStore(client).list(model);
    const at = lists.findIndex(({ id }) => id === (after ?? before));
    if ((after ?? before) !== undefined && at === -1) {
      const param = after === undefined ? 'ending_before' : 'starting_after';
      return fail(apiError('INVALID_REQUEST', `${param}: the price version does not exist`, { param }));
    }
    const from = after !== undefined ? at + 1 : before !== undefined ? Math.max(0, at - limit) : 0;
    const to = before !== undefined && after === undefined ? at : from + limit;
    return succeed<Page<PriceVersionView>>({
      data: lists.slice(from, to).map(priceVersionView),
      has_older: to < lists.length,
      has_newer: from > 0,
    });
  },
});

const priceVersionView = (list: StoredPriceList): PriceVersionView => ({
  id: list.id,
  object: 'price_version',
  model: list.model,
  offering: list.offering,
  version: list.version,
  lines: list.lines,
  valid_from: list.validFrom.toISOString(),
  imported_by: list.importedBy,
  source: list.source,
  created_at: list.createdAt.toISOString(),
});
