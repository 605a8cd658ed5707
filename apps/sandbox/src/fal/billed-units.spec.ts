import { loadCatalog } from '@lumenfall/catalog';
import { billedUnits } from './queue.js';

const SQUARE = { width: 2_000, height: 2_000, seconds: 0 };
const LARGE = { width: 4_096, height: 4_096, seconds: 0, count: 1 };
const billed = loadCatalog().models.flatMap(({ offerings }) =>
  offerings.flatMap(({ provider, model, parameters }) =>
    provider === 'fal' && typeof parameters['billed_by'] === 'string'
      ? [[model, parameters['billed_by']] as const]
      : [],
  ),
);

describe('billable units of the sandbox’s fal', () => {
  it.each(billed)('are counted for %s by the %s, as the catalog says', (model, metric) => {
    expect(billedUnits(model, { ...SQUARE, count: 2 })).toBe(metric === 'megapixel' ? 8 : 2);
  });

  it('count an image of a Google model at 4K twice', () => {
    expect(billedUnits('fal-ai/gemini-3-pro-image-preview', LARGE)).toBe(2);
    expect(billedUnits('fal-ai/bytedance/seedream/v4/text-to-image', LARGE)).toBe(1);
  });
});
