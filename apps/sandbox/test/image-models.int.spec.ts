import { randomUUID } from 'node:crypto';
import { loadCatalog, nearestNumber } from '@lumenfall/catalog';
import { imageModeSchema, type ImageMode, type ImageRequest } from '@lumenfall/contracts';
import { fetchMedia, GENERATION, providerAdapters, readProviderEndpoints, type InputFile } from '@lumenfall/providers';
import sharp from 'sharp';
import { RunningSandbox } from './running-sandbox.js';

const SIDE = 128;
/** Most of the time of a trial goes by in pauses between questions. */
const AT_ONCE = 4;

interface Size {
  width: number;
  height: number;
}

/** Every offering of every image model, in every mode that it is for. */
const trials = loadCatalog()
  .models.filter(({ modality }) => modality === 'image')
  .flatMap((entry) =>
    entry.offerings.flatMap((offering) =>
      (offering.modes ?? entry.modes).flatMap((name) => {
        const mode = imageModeSchema.safeParse(name);
        if (!mode.success) return [];
        return [
          [`${entry.id}: ${name} by ${offering.provider}/${offering.model}`, entry, offering, mode.data] as const,
        ];
      }),
    ),
  );

type Offering = (typeof trials)[number][2];

describe('an image model of the catalog, by the sandbox:', () => {
  let sandbox: RunningSandbox;
  let image: InputFile;
  const made = new Map<string, Promise<Size>>();
  beforeAll(async () => {
    sandbox = await RunningSandbox.start();
    const red = { create: { width: SIDE, height: SIDE, channels: 3 as const, background: 'red' } };
    image = { bytes: await sharp(red).png().toBuffer(), contentType: 'image/png', width: SIDE, height: SIDE };
    const lanes = Array.from({ length: AT_ONCE }, (): Promise<unknown> => Promise.resolve());
    for (const [index, [name, , offering, mode]] of trials.entries()) {
      const size = (lanes[index % AT_ONCE] ?? Promise.resolve()).then(() => make(offering, mode));
      // A failure is reported by its own test.
      lanes[index % AT_ONCE] = size.catch(() => undefined);
      made.set(name, size);
    }
  });
  afterAll(() => sandbox.stop());

  const request = (mode: ImageMode): ImageRequest => ({
    mode,
    inputs: [],
    mask: null,
    scaleFactor: mode === 'upscale' ? 2 : null,
    prompt: mode === 'upscale' ? '' : 'A lighthouse at dusk',
    n: 1,
    size: mode === 'text-to-image' ? '16:9' : null,
    aspectRatio: null,
    resolution: null,
    quality: null,
    style: null,
    outputFormat: 'jpeg',
    outputCompression: null,
    user: null,
    extra: {},
  });

  async function make(offering: Offering, mode: ImageMode): Promise<Size> {
    const endpoints = readProviderEndpoints({ SANDBOX_URL: sandbox.url });
    const endpoint = endpoints.ok ? endpoints.value.find(({ provider }) => provider === offering.provider) : undefined;
    const adapter = providerAdapters[offering.provider].image;
    if (endpoint === undefined || adapter === undefined) throw new Error(`No images at ${offering.provider}.`);
    const signal = AbortSignal.timeout(60_000);
    const made = await adapter.generate(request(mode), {
      endpoint,
      model: offering.model,
      parameters: offering.parameters,
      requestId: 'req_test',
      limits: GENERATION,
      signal,
      files: mode === 'text-to-image' ? [] : [image],
      mask: null,
      callId: randomUUID(),
      claim: async () => true,
    });
    if (!made.ok) throw new Error(made.error.message);
    const [first] = made.value.images;
    if (first === undefined) throw new Error('No image.');
    const file = await fetchMedia(first.source, { endpoint, maxBytes: 50_000_000, timeoutMs: 60_000, signal });
    if (!file.ok) throw new Error(file.error.message);
    return sharp(file.value).metadata();
  }

  it.each(trials)('%s', async (name, entry, _offering, mode) => {
    const { width, height } = (await made.get(name)) ?? { width: 0, height: 0 };
    if (mode === 'text-to-image') expect(width / height).toBeGreaterThan(1.4);
    if (mode === 'upscale') {
      const factors = entry.image?.upscale?.factors;
      const factor = factors === undefined ? 2 : (nearestNumber(2, factors) ?? 2);
      expect([width, height]).toEqual([factor * SIDE, factor * SIDE]);
    }
  });
});
