import { loadCatalog } from '@lumenfall/catalog';
import { billedUnits } from '../src/fal/queue.js';

const SQUARE = { width: 2_000, height: 2_000, seconds: 0 };
const LARGE = { width: 4_096, height: 4_096, seconds: 0, count: 1 };
const billed = loadCatalog().models.flatMap(({ offerings }) =>
  offerings.flatMap(({ provider, model, parameters }) =>
    provider === 'fal' && typeof parameters['billed_by'] === 'string'
      ? [[model, parameters['billed_by']] as const]
      : [],
  ),
);

describe('fal, as the sandbox plays it', () => {
  it.each(billed)('counts %s by the %s, as the catalog says', (model, metric) => {
    expect(billedUnits(model, { ...SQUARE, count: 2 })).toBe(metric === 'megapixel' ? 8 : 2);
  });

  it('counts a picture of Google at 4K for two', () => {
    expect(billedUnits('fal-ai/gemini-3-pro-image-preview', LARGE)).toBe(2);
    expect(billedUnits('fal-ai/bytedance/seedream/v4/text-to-image', LARGE)).toBe(1);
  });
});
