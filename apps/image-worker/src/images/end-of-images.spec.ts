import type { ChargeBasis } from '@lumenfall/contracts';
import { anImageOffering } from '../../test/scripted-images.js';
import { endOfStoppedImages } from './end-of-images.js';
import type { ImageRouteEnd } from './run-image-route.js';

const charge: ChargeBasis = {
  price: anImageOffering('gemini').price,
  quantities: [{ type: 'output', metric: 'image', quantity: 1 }],
  reportedCostUsd: null,
  estimated: false,
};

/** One of two pictures was made when the work was stopped. */
const halfMade: ImageRouteEnd = {
  pictures: [
    {
      bytes: Buffer.from('x'),
      contentType: 'image/png',
      extension: 'png',
      width: 1,
      height: 1,
      format: 'png',
      revisedPrompt: null,
    },
  ],
  offering: anImageOffering('gemini'),
  failure: null,
  charge,
  attempts: [
    {
      provider: 'gemini',
      executedModel: 'gemini/image-model',
      status: 'succeeded',
      failure: null,
      message: null,
      upstreamStatus: 200,
      durationMs: 5,
      chosen: 'only',
      credential: null,
      costMicros: 40_000,
    },
  ],
  choice: { order: [], passedOver: [] },
};

describe('work on images that was stopped', () => {
  it('is paid as far as it came where the client left, and each attempt says its share', () => {
    const { work } = endOfStoppedImages('cancelled', halfMade);
    expect(work).toMatchObject({ status: 'cancelled', charge, attempts: [{ costMicros: 40_000 }] });
  });

  it('costs nothing where it took too long, nor does any of its attempts', () => {
    const { work } = endOfStoppedImages('timed-out', halfMade);
    expect(work).toMatchObject({
      status: 'upstream_failure',
      charge: { quantities: [] },
      attempts: [{ costMicros: 0 }],
    });
  });
});
