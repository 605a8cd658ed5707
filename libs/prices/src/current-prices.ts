import { offeringKeyOf, type PriceOverrides } from '@lumenfall/catalog';
import { priceLineSchema } from '@lumenfall/contracts';
import type { Client } from '@lumenfall/database';
import { z } from 'zod';

const rowsSchema = z.array(
  z.object({ model: z.string(), offering: z.string(), version: z.string(), lines: z.array(priceLineSchema).min(1) }),
);

/**
 * The imported price lists that apply now, by the clock of the database, so that all gateways change over together.
 * Rejects if the database cannot be read.
 */
export async function currentPrices(client: Client): Promise<PriceOverrides> {
  const rows = await client.$queryRaw<unknown[]>`
    SELECT DISTINCT ON (model, offering) model, offering, version, lines FROM price_lists
    WHERE valid_from <= now() ORDER BY model, offering, valid_from DESC, id DESC`;
  return new Map(
    rowsSchema
      .parse(rows)
      .map(({ model, offering, version, lines }) => [offeringKeyOf(model, offering), { version, lines }]),
  );
}
