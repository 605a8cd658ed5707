import { offeringKeyOf, type PricedOffering } from '@lumenfall/catalog';
import type { PriceLine } from '@lumenfall/contracts';
import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import { currentPrices, priceListStore, type PriceListStore } from './index.js';

const HOUR = 3_600_000;
const line = (unitPrice: string): PriceLine => ({ type: 'output', metric: 'image', unitPrice });
const priced = (model: string, version: string): PricedOffering => ({
  model,
  offering: 'fal/x',
  price: { version, lines: [line('0.1')] },
});

describe('imported price lists', () => {
  let database: MigratedDatabase<Client>;
  let lists: PriceListStore;
  beforeAll(async () => {
    database = await migratedDatabase(migrateDatabase, openClient);
    lists = priceListStore(database.client);
  });
  afterAll(() => database.close());

  const add = (offerings: PricedOffering[], validFrom: Date | null = null) =>
    lists.add({ offerings, validFrom, importedBy: 'me', source: 'a.yaml' });
  const versionOf = async (model: string): Promise<string | undefined> =>
    (await currentPrices(database.client)).get(offeringKeyOf(model, 'fal/x'))?.version;

  it('apply from their start on: the latest that has begun, of equal ones the last', async () => {
    expect(await versionOf('m')).toBeUndefined();
    await add([priced('m', 'v1')]);
    expect(await versionOf('m')).toBe('v1');
    await add([priced('m', 'v3')], new Date(Date.now() + HOUR));
    await add([priced('m', 'v2')]);
    expect(await versionOf('m')).toBe('v2');
    expect((await lists.list('m')).map(({ version }) => version)).toEqual(['v3', 'v2', 'v1']);
    const soon = new Date(Date.now() + 200);
    await add([priced('m', 'v4')], soon);
    await add([priced('m', 'v5')], soon);
    while (new Date() <= soon) await database.sql('SELECT pg_sleep(0.05)');
    expect(await versionOf('m')).toBe('v5');
  });

  it('are kept with their lines, file and importer', async () => {
    const [added] = (await add([priced('kept', 'v1')])) ?? [];
    expect(added).toMatchObject({ importedBy: 'me', source: 'a.yaml', lines: [line('0.1')], version: 'v1' });
    expect(added?.validFrom).toEqual(added?.createdAt);
    expect(await lists.list('kept')).toEqual([added]);
    expect((await currentPrices(database.client)).get(offeringKeyOf('kept', 'fal/x'))?.lines).toEqual([line('0.1')]);
  });

  it('are not added again if they already apply, also by imports at the same time', async () => {
    const both = await Promise.all([1, 2, 3, 4].map(() => add([priced('twice', 'v1')])));
    expect(both.map((added) => added?.length).sort()).toEqual([0, 0, 0, 1]);
    await add([priced('twice', 'v2')]);
    // A return to an earlier price is a new version.
    expect(await add([priced('twice', 'v1')])).toHaveLength(1);
    expect(await versionOf('twice')).toBe('v1');
  });

  it('cannot begin in the past', async () => {
    expect(await add([priced('late', 'v1')], new Date(Date.now() - HOUR))).toBeNull();
    const insert = `INSERT INTO price_lists (model, offering, version, lines, valid_from, imported_by, source)
      VALUES ('m', 'o', 'v', '[{}]', now() - interval '1 hour', 'me', 'f')`;
    await expect(database.sql(insert)).rejects.toThrow('price_lists_not_in_the_past');
    expect(await lists.list('late')).toEqual([]);
  });

  it.each([
    "UPDATE price_lists SET version = 'x'",
    'DELETE FROM price_lists',
    'TRUNCATE price_lists',
    "UPDATE price_lists SET valid_from = now() WHERE model = 'kept'",
  ])('are never changed or removed: %s', async (statement) => {
    const before = await lists.list();
    await expect(database.sql(statement)).rejects.toThrow('price lists are never changed or removed');
    expect(await lists.list()).toEqual(before);
  });
});
