import { type PricedOffering } from '@lumenfall/catalog';
import { priceLineSchema, type PriceLine } from '@lumenfall/contracts';
import { inTransaction, type Client } from '@lumenfall/database';
import { z } from 'zod';

/** An imported price list. It is never changed; a later one replaces it. */
export interface StoredPriceList {
  id: string;
  /** The id in the catalog. */
  model: string;
  /** `<provider>/<provider model id>` */
  offering: string;
  /** Hash of the lines. */
  version: string;
  lines: PriceLine[];
  validFrom: Date;
  createdAt: Date;
  importedBy: string;
  /** The file that it was imported from. */
  source: string;
}

export interface NewPriceLists {
  offerings: readonly PricedOffering[];
  /** Null: from now on. */
  validFrom: Date | null;
  importedBy: string;
  source: string;
}

export interface PriceListStore {
  /**
   * Adds the lists, all or none. A list that equals the one that will apply to its offering at that time is left out.
   *
   * @returns the added lists; null if `validFrom` has passed: a price that began earlier would contradict the requests
   * that were charged since
   */
  add(lists: NewPriceLists): Promise<StoredPriceList[] | null>;
  /** Newest first by `validFrom`. @param model only those of this model */
  list(model?: string): Promise<StoredPriceList[]>;
  /** When requests were first charged at a price version, whatever its origin. @param offerings as in a price list */
  chargedVersions(offerings: readonly string[]): Promise<ChargedVersion[]>;
}

export interface ChargedVersion {
  offering: string;
  version: string;
  lines: PriceLine[];
  firstCharged: Date;
}

const linesSchema = z.array(priceLineSchema).min(1);
const rowSchema = z.object({
  id: z.bigint(),
  model: z.string(),
  offering: z.string(),
  version: z.string(),
  lines: linesSchema,
  validFrom: z.date(),
  createdAt: z.date(),
  importedBy: z.string(),
  source: z.string(),
});

export function priceListStore(client: Client): PriceListStore {
  return {
    add: ({ offerings, validFrom, importedBy, source }) =>
      inTransaction(client, async (tx) => {
        // One import at a time: each sees what the others added.
        await tx.$queryRaw`SELECT 1 FROM pg_advisory_xact_lock(hashtext('price_lists'))`;
        const [now] = z.tuple([z.object({ now: z.date() })]).parse(await tx.$queryRaw`SELECT clock_timestamp() AS now`);
        const createdAt = now.now;
        const from = validFrom ?? createdAt;
        if (from < createdAt) return null;
        const added: StoredPriceList[] = [];
        for (const { model, offering, price } of offerings) {
          const applying = await tx.priceList.findFirst({
            where: { model, offering, validFrom: { lte: from } },
            orderBy: [{ validFrom: 'desc' }, { id: 'desc' }],
          });
          if (applying?.version === price.version) continue;
          const row = await tx.priceList.create({
            data: { ...{ model, offering, importedBy, source, createdAt, validFrom: from }, ...price },
          });
          added.push(stored(row));
        }
        return added;
      }),

    async list(model) {
      const rows = await client.priceList.findMany({
        where: model === undefined ? {} : { model },
        orderBy: [{ validFrom: 'desc' }, { id: 'desc' }],
      });
      return rows.map(stored);
    },

    async chargedVersions(offerings) {
      const rows = await client.priceVersion.findMany({
        where: { offering: { in: [...offerings] } },
        orderBy: { firstSeen: 'desc' },
      });
      return rows.map(({ offering, version, lines, firstSeen }) => {
        return { offering, version, lines: linesSchema.parse(lines), firstCharged: firstSeen };
      });
    },
  };
}

function stored(row: unknown): StoredPriceList {
  const { id, ...list } = rowSchema.parse(row);
  return { id: String(id), ...list };
}
