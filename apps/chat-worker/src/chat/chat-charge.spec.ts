import { priceUsage } from '@lumenfall/metering';
import type { ChatUsage, Price } from '@lumenfall/contracts';
import { anOffering } from '@lumenfall/testing';
import * as fc from 'fast-check';
import { chatCharge, reconcileUsage } from './chat-charge.js';

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

describe('chatCharge', () => {
  it('charges cached and written tokens once, at their own price', () => {
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

  it('charges as much input as the prompt has, whatever the provider reports of its cache', () => {
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

  describe('with audio and images', () => {
    const lines: Price['lines'] = [
      { type: 'input', metric: 'token', of: 'audio', unitPrice: '0.000001' },
      { type: 'input', metric: 'token', unitPrice: '0.0000005' },
      { type: 'cache_read', metric: 'token', of: 'audio', unitPrice: '0.0000001' },
      { type: 'cache_read', metric: 'token', unitPrice: '0.00000005' },
      { type: 'output', metric: 'token', of: 'image', unitPrice: '0.00003' },
      { type: 'output', metric: 'token', unitPrice: '0.000003' },
    ];
    const quantitiesOf = (usage: ChatUsage, priced = lines) =>
      chatCharge({ price: { version: 'v', lines: priced } }, reported(usage)).quantities.map(
        ({ type, of, quantity }) => [type, of ?? 'text', quantity],
      );

    it('charges audio tokens of the prompt at their own price', () => {
      const usage = {
        prompt_tokens: 10_000,
        completion_tokens: 100,
        prompt_tokens_details: { cached_tokens: 0, audio_tokens: 9_000 },
      };
      expect(quantitiesOf(usage)).toEqual([
        ['input', 'text', 1_000],
        ['input', 'audio', 9_000],
        ['output', 'text', 100],
      ]);
      expect(priceUsage(chatCharge({ price: { version: 'v', lines } }, reported(usage))).totalMicros).toBe(9_800);
    });

    it('charges cached audio once', () => {
      const details = { cached_tokens: 50, audio_tokens: 90, cached_tokens_details: { audio_tokens: 40 } };
      expect(quantitiesOf({ prompt_tokens: 100, completion_tokens: 0, prompt_tokens_details: details })).toEqual([
        ['input', 'audio', 50],
        ['cache_read', 'text', 10],
        ['cache_read', 'audio', 40],
      ]);
    });

    it('charges images of the answer at their own price', () => {
      expect(
        quantitiesOf({
          prompt_tokens: 0,
          completion_tokens: 1_300,
          completion_tokens_details: { image_tokens: 1_290 },
        }),
      ).toEqual([
        ['output', 'text', 10],
        ['output', 'image', 1_290],
      ]);
    });

    it('charges a modality without a price line of its own as text', () => {
      const usage = { prompt_tokens: 100, completion_tokens: 0, prompt_tokens_details: { audio_tokens: 90 } };
      expect(quantitiesOf(usage, price.lines)).toEqual([['input', 'text', 100]]);
    });

    it('never charges more than the total', () => {
      const usage = { prompt_tokens: 100, completion_tokens: 0, prompt_tokens_details: { audio_tokens: 900 } };
      expect(quantitiesOf(usage)).toEqual([['input', 'audio', 100]]);
    });
  });

  it.each([
    [0.000123, '0.000123', 123],
    [1e-9, '0.000000001', 0],
    [1.5e-7, '0.00000015', 0],
    [0.1 + 0.2, '0.30000000000000004', 300_000],
    [0, '0', 0],
  ])('charges the cost that the provider reports: %d', (cost, text, micros) => {
    const charge = chatCharge({ price: null }, reported({ prompt_tokens: 1, completion_tokens: 1, cost }));
    expect(charge.reportedCostUsd).toBe(text);
    expect(priceUsage(charge)).toMatchObject({ totalMicros: micros, unpriced: false });
  });
});

describe('reconcileUsage', () => {
  /** One token a word; the plan expects 10 tokens of input. */
  const reconcile = (usage: ChatUsage | null, text: string, interrupted = false) =>
    reconcileUsage({ offering: anOffering(), reported: usage, text, interrupted }, async (counted) => {
      return counted.split(' ').length;
    });

  it('takes the planned input and the counted output if the provider reported no usage, and marks the charge', async () => {
    const reconciled = await reconcile(null, 'one two three');
    expect(reconciled).toEqual({
      usage: { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 },
      estimated: true,
    });
    expect(chatCharge(anOffering(), reconciled).estimated).toBe(true);
  });

  it.each<[string, ChatUsage, Partial<ChatUsage>, boolean]>([
    ['complete usage is kept', { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 }, {}, false],
    ['usage without a total is kept', { prompt_tokens: 7, completion_tokens: 5 }, {}, false],
    [
      'reasoning counted apart, in the total, is output',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 115,
        completion_tokens_details: { reasoning_tokens: 100 },
      },
      { completion_tokens: 105 },
      false,
    ],
    [
      'reasoning larger than the output, without a total, is output',
      { prompt_tokens: 10, completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 100 } },
      { completion_tokens: 105, total_tokens: 115 },
      false,
    ],
    [
      'reasoning inside the output is not counted twice',
      {
        prompt_tokens: 10,
        completion_tokens: 105,
        total_tokens: 115,
        completion_tokens_details: { reasoning_tokens: 100 },
      },
      {},
      false,
    ],
    [
      'cached input counted apart is input',
      { prompt_tokens: 10, completion_tokens: 5, total_tokens: 75, prompt_tokens_details: { cached_tokens: 60 } },
      { prompt_tokens: 70 },
      false,
    ],
    [
      'a total beyond both sides is output of which no text was shown',
      { prompt_tokens: 10, completion_tokens: 5, total_tokens: 40 },
      { completion_tokens: 30 },
      true,
    ],
    [
      'input left out is what the total has beyond the output',
      { prompt_tokens: 0, completion_tokens: 5, total_tokens: 12 },
      { prompt_tokens: 7 },
      false,
    ],
    [
      'output left out is what the total has beyond the input',
      { prompt_tokens: 7, completion_tokens: 0, total_tokens: 12 },
      { completion_tokens: 5 },
      false,
    ],
    [
      'input left out without a total is the planned input',
      { prompt_tokens: 0, completion_tokens: 5 },
      { prompt_tokens: 10, total_tokens: 15 },
      true,
    ],
    [
      'output left out without a total is counted',
      { prompt_tokens: 7, completion_tokens: 0 },
      { completion_tokens: 3, total_tokens: 10 },
      true,
    ],
    [
      'a total below both sides is corrected',
      { prompt_tokens: 7, completion_tokens: 5, total_tokens: 7 },
      { total_tokens: 12 },
      false,
    ],
  ])('%s', async (_name, usage, changes, estimated) => {
    expect(await reconcile(usage, 'one two three')).toEqual({ usage: { ...usage, ...changes }, estimated });
  });

  it('counts the output if the delivered text is far longer than the reported tokens can be', async () => {
    const text = 'words '.repeat(500).trim();
    expect(await reconcile({ prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 }, text)).toEqual({
      usage: { prompt_tokens: 7, completion_tokens: 500, total_tokens: 507 },
      estimated: true,
    });
  });

  it('counts the output of an interrupted stream, whose usage may be from its beginning', async () => {
    const usage = { prompt_tokens: 7, completion_tokens: 1 };
    expect(await reconcile(usage, 'one two three', true)).toMatchObject({
      usage: { prompt_tokens: 7, completion_tokens: 3 },
      estimated: true,
    });
    const later = { prompt_tokens: 7, completion_tokens: 30 };
    expect(await reconcile(later, 'one two three', true)).toEqual({ usage: later, estimated: false });
  });

  it('never charges less than the provider reported', async () => {
    const count = fc.integer({ min: 0, max: 1000 });
    await fc.assert(
      fc.asyncProperty(count, count, fc.option(count), async (prompt_tokens, completion_tokens, total) => {
        const usage = { prompt_tokens, completion_tokens, ...(total !== null && { total_tokens: total }) };
        const reconciled = (await reconcile(usage, 'one two')).usage;
        expect(reconciled.prompt_tokens).toBeGreaterThanOrEqual(prompt_tokens);
        expect(reconciled.completion_tokens).toBeGreaterThanOrEqual(completion_tokens);
      }),
    );
  });
});
