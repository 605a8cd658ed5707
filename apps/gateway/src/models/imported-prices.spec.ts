import type { PriceOverrides } from '@lumenfall/catalog';
import { createLogger } from '@lumenfall/service-kit';
import { ImportedPrices } from './imported-prices.js';

const pricesOf = (version: string): PriceOverrides => new Map([['m fal/x', { version, lines: [] }]]);

describe('imported prices', () => {
  let read: () => Promise<PriceOverrides>;
  let set: PriceOverrides[];
  let prices: ImportedPrices;
  beforeEach(() => {
    set = [];
    const catalog = { price: (overrides: PriceOverrides) => void set.push(overrides) };
    prices = new ImportedPrices(() => read(), catalog, createLogger('test', 'silent'));
  });
  afterEach(() => prices.close());

  it('are not known until they have been read', async () => {
    read = () => Promise.reject(new Error('database is down'));
    await prices.start();
    expect(prices.areKnown()).toBe(false);
    read = () => Promise.resolve(new Map());
    await prices.refresh();
    expect(prices.areKnown()).toBe(true);
  });

  it('replace the catalog once per change, and stay while they cannot be read', async () => {
    read = () => Promise.resolve(pricesOf('v1'));
    await prices.start();
    await prices.refresh();
    expect(set).toEqual([pricesOf('v1')]);
    read = () => Promise.reject(new Error('database is down'));
    await prices.refresh();
    expect(prices.areKnown()).toBe(true);
    read = () => Promise.resolve(pricesOf('v2'));
    await prices.refresh();
    expect(set).toEqual([pricesOf('v1'), pricesOf('v2')]);
  });
});
