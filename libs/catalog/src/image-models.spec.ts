import type { ImageMode, ImageRequest } from '@lumenfall/contracts';
import { loadCatalog } from './load-catalog.js';
import { readParameterTable } from './parameter-table.js';
import { upstreamParameters } from './upstream-parameters.js';

const models = loadCatalog().models.filter(({ modality }) => modality === 'image');
const offerings = models.flatMap((entry) =>
  entry.offerings.map((offering) => ({
    entry,
    offering,
    name: `${entry.id} at ${offering.provider}/${offering.model}`,
  })),
);
const modesOf = ({ entry, offering }: (typeof offerings)[number]): ImageMode[] =>
  (offering.modes ?? entry.modes).filter((mode): mode is ImageMode =>
    ['text-to-image', 'image-edit', 'upscale'].includes(mode),
  );

/** A request that says everything there is to say. */
const full = (mode: ImageMode): ImageRequest => ({
  mode,
  inputs: [],
  mask: null,
  scaleFactor: mode === 'upscale' ? 2 : null,
  prompt: mode === 'upscale' ? '' : 'a fox',
  n: 2,
  size: '1792x1024',
  aspectRatio: null,
  resolution: null,
  quality: 'hd',
  style: 'vivid',
  outputFormat: 'jpeg',
  outputCompression: 80,
  user: 'u1',
  extra: { seed: 7 },
});

describe('the image models', () => {
  it('the catalog has every image model that clients know by name', () => {
    expect(models.length).toBeGreaterThanOrEqual(40);
    expect(models.filter(({ modes }) => modes.includes('upscale')).length).toBeGreaterThanOrEqual(7);
  });

  it.each(offerings.map((one) => [one.name, one] as const))('%s makes a request of every mode', (_name, one) => {
    const { entry, offering } = one;
    expect(modesOf(one).length).toBeGreaterThan(0);
    for (const mode of modesOf(one)) {
      const images = mode === 'text-to-image' ? [] : ['an image'];
      const table = readParameterTable(offering.parameters);
      const fields = upstreamParameters(table, full(mode), { images: images, mask: null });
      const text = JSON.stringify(fields);
      expect(text.includes('a fox')).toBe(mode !== 'upscale');
      expect(text.includes('an image')).toBe(mode !== 'text-to-image');
      expect(text).toContain('7');
      // No offering takes more input images than the model's limit.
      expect(table.max_inputs ?? 1).toBeLessThanOrEqual(entry.limits.max_input_images ?? 16);
    }
  });

  it.each(models.map((entry) => [entry.id, entry] as const))(
    '%s is offered in every mode that it has',
    (_id, entry) => {
      for (const mode of entry.modes) {
        expect(entry.offerings.some((offering) => (offering.modes ?? entry.modes).includes(mode))).toBe(true);
      }
    },
  );
});
