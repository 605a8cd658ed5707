import { NO_RULES, PROVIDER_SLUGS, videoBodySchema } from '@lumenfall/contracts';
import { estimatePlan } from '@lumenfall/metering';
import { imageMade, parseCatalog, planVideo, videoMade } from './index.js';

const file = (id: string, video: string, price: string): { name: string; text: string } => ({
  name: `${id}.yaml`,
  text: `
id: ${id}
name: Model ${id}
description: For tests.
creator: someone
created: 2026-01-01
modality: video
modes: [text-to-video]
video: { seconds: [5], input_references: 0, ${video} }
offerings:
  - { provider: fal, model: x, price: [${price}] }`,
});
const second = (when: string, unit: string): string =>
  `{ type: output, metric: second, ${when && `when: { ${when} },`} unit_price: '${unit}' }`;
const catalog = parseCatalog([
  file(
    'ratios',
    "sizes: ['16:9'], resolutions: [720p, 1080p], audio: { parameter: generate_audio, default: true }",
    [second("resolution: 1080p, audio: 'off'", '0.2'), second('resolution: 1080p', '0.3'), second('', '0.1')].join(
      ', ',
    ),
  ),
  file('pixels', 'sizes: [1280x720, 1920x1080]', [second('resolution: 1080p', '0.3'), second('', '0.1')].join(', ')),
  file(
    'whole',
    'sizes: [1280x720]',
    "{ type: output, metric: video, unit_price: '0.5' }, { type: input, metric: request, unit_price: '0.01' }",
  ),
]);
const context = { available: PROVIDER_SLUGS.map((provider) => ({ provider, sandbox: true })), rules: NO_RULES };
const plan = (model: string, more: object = {}, marginPercent: string | null = null) => {
  const body = videoBodySchema.parse({ model, prompt: 'A fox', ...more });
  const planned = planVideo(catalog, { ...context, marginPercent }, body);
  if (!planned.ok) throw new Error(planned.error.message);
  const estimate = estimatePlan(planned.value.plan);
  return { request: planned.value.request, micros: estimate.ok ? estimate.value.total_cost_micros : null };
};

describe('the price of a planned video', () => {
  it.each([
    ['the default resolution', 'ratios', {}, 500_000],
    ['a resolution', 'ratios', { resolution: '1080p' }, 1_500_000],
    ['the nearest resolution', 'ratios', { resolution: '2160p' }, 1_500_000],
    ['a resolution without sound', 'ratios', { resolution: '1080p', generate_audio: false }, 1_000_000],
    ['a form without sound', 'ratios', { resolution: '1080p', generate_audio: 'false' }, 1_000_000],
    ['a size', 'pixels', { size: '1920x1080' }, 1_500_000],
    ['a resolution that selects a size', 'pixels', { resolution: '1080p' }, 1_500_000],
    ['a smaller size', 'pixels', { size: '1280x720' }, 500_000],
    ['a whole video and a fee', 'whole', {}, 510_000],
  ])('follows %s', (_, model, body, micros) => {
    expect(plan(model, body).micros).toBe(micros);
    expect(plan(model, body, '10').micros).toBe(Math.round(micros * 1.1));
  });

  it('is for the request that the provider gets', () => {
    expect(plan('ratios').request).toMatchObject({ resolution: '720p', extra: {} });
    expect(plan('ratios', { generate_audio: 'false' }).request.extra).toEqual({ generate_audio: false });
    expect(plan('pixels', { resolution: '1080p' }).request.size).toBe('1920x1080');
  });
});

describe('the names of measured sizes', () => {
  it.each([
    [1280, 720, '720p'],
    [720, 1280, '720p'],
    [1920, 1088, '1080p'],
    [832, 480, '480p'],
    [3840, 2160, '2160p'],
  ])('a video of %dx%d is %s', (width, height, resolution) => {
    expect(videoMade({ width, height, seconds: 5 }).properties).toEqual({ size: `${width}x${height}`, resolution });
  });

  it.each([
    [1024, 1024, '1K'],
    [1376, 768, '1K'],
    [2048, 878, '2K'],
    [3168, 1344, '4K'],
    [512, 512, '0.5K'],
  ])('an image of %dx%d is at most %s', (width, height, resolution) => {
    expect(imageMade({ width, height }).properties).toEqual({ size: `${width}x${height}`, resolution });
  });
});
