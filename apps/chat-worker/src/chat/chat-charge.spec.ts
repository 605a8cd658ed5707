import { priceUsage } from '@lumenfall/metering';
import type { ChatUsage, Price } from '@lumenfall/contracts';
import { anOffering } from '@lumenfall/testing';
import * as fc from 'fast-check';
import { chatCharge, countUsage } from './chat-charge.js';

const reported = (usage: ChatUsage) => ({ usage, estimated: false });
const price: Price = {
  version: 'with-cache',
  lines: [
    { type: 'input', metric: 'token', unitPrice: '0.00001' },
    { type: 'cache_read', metric: 'token', unitPrice: '0.000001' },
    { type: 'cache_write', metric: 'token', unitPrice: '0.0000125' },
    { type: 'output', metric: 'token', unitPrice: '0.00004' },
  ],
};
const amounts = (charge: ReturnType<typeof chatCharge>) =>
  Object.fromEntries(charge.quantities.map(({ type, quantity }) => [type, quantity]));

describe('the charge for a chat', () => {
  it('counts no token twice', () => {
    const charge = chatCharge(
      { price },
      reported({
        prompt_tokens: 100,
        completion_tokens: 7,
        prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
      }),
    );
    expect(amounts(charge)).toEqual({ input: 10, cache_read: 60, cache_write: 30, output: 7 });
    expect(priceUsage(charge).totalMicros).toBe(100 + 60 + 375 + 280);
  });

  it('adds up to the prompt, whatever a provider says of its cache', () => {
    const count = fc.integer({ min: 0, max: 1000 });
    fc.assert(
      fc.property(count, count, count, (prompt_tokens, cached_tokens, cache_write_tokens) => {
        const charge = chatCharge(
          { price },
          reported({
            prompt_tokens,
            completion_tokens: 0,
            prompt_tokens_details: { cached_tokens, cache_write_tokens },
          }),
        );
        expect(charge.quantities.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(prompt_tokens);
        expect(charge.quantities.every(({ quantity }) => quantity > 0)).toBe(true);
      }),
    );
  });

  it.each([
    [0.000123, '0.000123', 123],
    [1e-9, '0.000000001', 0],
    [1.5e-7, '0.00000015', 0],
    [0.1 + 0.2, '0.30000000000000004', 300_000],
    [0, '0', 0],
  ])('is what the provider says it cost: %d', (cost, text, micros) => {
    const charge = chatCharge({ price: null }, reported({ prompt_tokens: 1, completion_tokens: 1, cost }));
    expect(charge.reportedCostUsd).toBe(text);
    expect(priceUsage(charge)).toMatchObject({ totalMicros: micros, unpriced: false });
  });
});

describe('usage that no provider reported', () => {
  const count = async (text: string): Promise<number> => text.split(' ').length;

  it('is the planned input and what was delivered, and says that it was counted', async () => {
    const counted = await countUsage(anOffering(), null, 'one two three', count);
    expect(counted).toEqual({ usage: { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 }, estimated: true });
    expect(chatCharge(anOffering(), counted).estimated).toBe(true);
  });

  it('is not counted where the provider reported it', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2 };
    expect(await countUsage(anOffering(), usage, 'one two three', count)).toEqual({ usage, estimated: false });
  });
});
