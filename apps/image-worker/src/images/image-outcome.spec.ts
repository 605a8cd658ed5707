import type { ChargeBasis } from '@lumenfall/contracts';
import { anImageOffering } from '../../test/scripted-images.js';
import { outcomeOfAbort } from './image-outcome.js';
import type { ImageRouteResult } from './image-route.js';

const charge: ChargeBasis = {
  price: anImageOffering('gemini').price,
  quantities: [{ type: 'output', metric: 'image', quantity: 1 }],
  reportedCostUsd: null,
  estimated: false,
};

/** One of two images was made before the abort. */
const halfMade: ImageRouteResult = {
  images: [
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

describe('outcomeOfAbort', () => {
  it('charges a cancelled request for the images made until then', () => {
    const { work } = outcomeOfAbort('cancelled', halfMade);
    expect(work).toMatchObject({ status: 'cancelled', charge, attempts: [{ costMicros: 40_000 }] });
  });

  it('charges nothing for a request that timed out, and keeps what its attempts cost us', () => {
    const { work } = outcomeOfAbort('timed-out', halfMade);
    expect(work).toMatchObject({
      status: 'upstream_failure',
      charge: { quantities: [] },
      attempts: [{ costMicros: 40_000, chargedMicros: 0 }],
    });
  });
});
