import type { Attempt, CircuitState } from '@lumenfall/contracts';
import type { RequestReport } from '@lumenfall/ledger';
import { aStory, aVideoStory } from '../../test/a-report.js';
import { storyAsJson } from './report-json.js';
import { tellStory } from './format-report.js';

const NOW = new Date('2026-11-22T21:17:30.000Z');
const tell = (changes: Parameters<typeof aStory>[0] = {}) => tellStory(aStory(changes), NOW);

describe('the story of a request', () => {
  it('is told to a person', () => {
    expect(tell()).toBe(
      `
req_2abcdefghijklmnopqrstuvwxyz: completed
  when         2026-11-22T21:17:02.917Z, took 1012 ms
  who          organization default, key "First key" (ends in c4fe)
  what         /v1/chat/completions  text  gpt-5.4-mini
  answered by  openai/gpt-5.4-mini

Route
      offering                        key                  priority  weight  expected  standing  success  latency   share
  1.  openrouter/openai/gpt-5.4-mini  openrouter#1d2e3f40         0       1    $0.002  healthy    98.7 %   412 ms  61.6 %
  2.  openai/gpt-5.4-mini             openai#3fa9c1d2             0       1         -  healthy         -        -  38.4 %
  passed over: openai-compatible/mini (no key is set for this provider)

Attempts
  1. openrouter/openai/gpt-5.4-mini: failed (rate: the provider limits how much we may ask), HTTP 429, 120 ms, $0.00
     tried because: preferred, first by priority, weight, health, speed and price
     key: openrouter#1d2e3f40
     told: The provider limits the rate of requests
  2. openai/gpt-5.4-mini: succeeded, HTTP 200, 880 ms, $0.002
     tried because: next, the one before had failed
     key: openai#3fa9c1d2

Cost
  $0.002, the provider's units at the price of the plan
    input   1000 token  x 0.000001 USD  = $0.001
    output   500 token  x 0.000002 USD  = $0.001
  price version test-token-price
  ledger: entry 17, charge -$0.002, 2026-11-22T21:17:04.000Z
  hold: none was taken`.trim(),
    );
  });

  it('is told of a video that is on its way', () => {
    const text = tell({
      model: 'sora-2',
      modality: 'video',
      endpoint: '/v1/videos',
      status: 'processing',
      executedModel: null,
      provider: null,
      recordedAt: null,
      durationMs: null,
      choice: null,
      charge: null,
      costMicros: 0,
      attempts: [],
      ledger: [],
      hold: {
        amountMicros: 400_000,
        state: 'held',
        createdAt: new Date('2026-11-22T21:17:02.950Z'),
        expiresAt: new Date('2026-11-22T22:20:02.950Z'),
      },
      video: aVideoStory(),
    });
    expect(text).toBe(
      `
req_2abcdefghijklmnopqrstuvwxyz: processing
  when  2026-11-22T21:17:02.917Z
  who   organization default, key "First key" (ends in c4fe)
  what  /v1/videos  video  sora-2

Route
  as planned:
      offering       priority  weight  price version
  1.  openai/sora-2  0         1       test-token-price
  passed over: fal/fal-ai/sora-2 (the organization's lists do not allow it)

Attempts
  No provider was called.

Cost
  $0.00, not recorded yet
  ledger: no entry
  hold: $0.40, held until 2026-11-22T22:20:02.950Z

Video
  state        running (the provider is at work), after 3 moves
  handle       video_68f0
  progress     42 %, asked about 7 times
  estimate     $0.40
  next step    2026-11-22T21:18:00.000Z
  given up at  2026-11-22T22:17:02.917Z`.trim(),
    );
  });

  const [limited, delivered] = aStory().attempts as [Attempt, Attempt];
  const order = aStory().choice?.order ?? [];
  const standing = (is: CircuitState): Partial<RequestReport> => ({
    choice: { order: order.map((stop, at) => (at === 0 ? { ...stop, circuitState: is } : stop)), passedOver: [] },
  });
  const nothing = { executedModel: null, charge: null, costMicros: 0, ledger: [] };

  it.each<[string, Partial<RequestReport>, string[]]>([
    [
      'a request that was refused',
      { ...nothing, status: 'rejected', choice: null, attempts: [], errorCode: 'INSUFFICIENT_BALANCE' },
      ['rejected, refused before any provider was asked', 'None was chosen.', 'No provider was called.'],
    ],
    [
      'a client that left',
      { status: 'cancelled', attempts: [{ ...delivered, status: 'failed', failure: 'cancelled' }] },
      ['cancelled, its client left before the end', 'begun by', 'failed (cancelled: the call was ended from here)'],
    ],
    [
      'a stream that broke',
      { status: 'upstream_failure', attempts: [{ ...delivered, status: 'failed', failure: 'transient' }] },
      ['upstream_failure, the answer broke off', 'begun by', 'failed (transient: the provider broke down)'],
    ],
    [
      'a request that nobody could answer',
      { ...nothing, status: 'upstream_failure', attempts: [limited] },
      ['upstream_failure, no provider delivered', 'a second key, or a higher limit there, would have helped'],
    ],
    [
      'a breaker',
      standing('open'),
      ['set aside: openrouter/openai/gpt-5.4-mini with openrouter#1d2e3f40 (open: it kept'],
    ],
    ['a provider that rests', standing('resting'), ['(resting: it had asked to be left alone']],
    [
      'a key that had been refused before',
      standing('disabled'),
      ['(disabled: its key had been refused', 'The key openrouter#1d2e3f40 had been refused before: renew it'],
    ],
    ['a wait', { durationMs: 4_000 }, ['beside the calls: 3000 ms, in the queue, in pauses between two calls']],
    [
      'pictures of which some were made',
      { attempts: [delivered, { ...delivered, status: 'failed', failure: 'empty', costMicros: 0 }] },
      ['with the one before: it made some of what was asked for'],
    ],
    [
      'a video that was found after its submission was lost',
      { attempts: [{ ...delivered, status: 'failed', failure: 'ambiguous', costMicros: 0 }, delivered] },
      ['nobody saw the end of the call', 'the provider was asked, and had it; it was not submitted again'],
    ],
    [
      'a video in doubt',
      {
        ...nothing,
        recordedAt: null,
        video: aVideoStory({
          state: 'unknown',
          upstreamId: null,
          pollCount: 1,
          nextActionAt: new Date('2026-11-22T22:17:02.917Z'),
        }),
      },
      [
        'unknown (nobody saw the end of its submission',
        'not known: the provider may have it all the same',
        'asked about 1 time\n',
        'deleting it here ends the wait',
      ],
    ],
  ])('tells a stranger of %s', (_what, changes, sentences) => {
    const text = tell(changes);
    for (const sentence of sentences) expect(text).toContain(sentence);
  });

  it('says how the cost came about', () => {
    const charge = aStory().charge;
    const reported = { price: null, quantities: [], reportedCostUsd: '0.002', estimated: false };
    expect(tell({ charge: reported })).toContain('$0.002, as the provider reported it');
    expect(tell({ charge: charge && { ...charge, estimated: true } })).toContain('units counted here');
    expect(tell({ unpriced: true, costMicros: 0, ledger: [] })).toContain('NOT PRICED');
    const nothing = { price: null, quantities: [], reportedCostUsd: null, estimated: false };
    expect(tell({ charge: nothing, costMicros: 0, ledger: [] })).toContain('$0.00, nothing was delivered');
  });

  it('tells the error that the client was told', () => {
    const failed = {
      errorCode: 'ALL_PROVIDERS_EXHAUSTED',
      errorMessage: 'Every provider failed',
      status: 'upstream_failure',
    };
    expect(tell(failed)).toMatch(/^ {2}error +ALL_PROVIDERS_EXHAUSTED: Every provider failed$/m);
  });

  it.each([
    ['nothing where all is well', {}, null],
    [
      'what is missing in the catalog',
      { unpriced: true, costMicros: 0, ledger: [] },
      'its price is missing in the catalog',
    ],
    ['a ledger that says something else', { ledger: [] }, 'The ledger says $0.00, the request $0.002'],
    [
      'a key that was refused',
      { attempts: aStory().attempts.map((attempt) => ({ ...attempt, failure: 'auth' as const })) },
      'The provider refused the key openrouter#1d2e3f40',
    ],
    [
      'an overdue video',
      { recordedAt: null, video: aVideoStory({ nextActionAt: new Date('2026-11-22T21:17:00Z') }) },
      'is a video-worker running?',
    ],
  ])('asks to look at %s', (_what, changes, sentence) => {
    const text = tell(changes);
    if (sentence === null) expect(text).not.toContain('Look at');
    else expect(text.slice(text.indexOf('Look at'))).toContain(sentence);
  });

  it('is one documented object for programs', () => {
    expect(storyAsJson(aStory())).toMatchObject({
      id: 'req_2abcdefghijklmnopqrstuvwxyz',
      status: 'completed',
      organization: { slug: 'default' },
      key: { name: 'First key', last_four: 'c4fe' },
      error: null,
      route: [{ executed_model: 'openrouter/openai/gpt-5.4-mini', standing: 'healthy', share: 0.616 }, {}],
      passed_over: [{ executed_model: 'openai-compatible/mini', why: 'no-credential' }],
      attempts: [
        { chosen: 'preferred', reason: 'rate', upstream_status: 429, cost: 0, credential: 'openrouter#1d2e3f40' },
        { chosen: 'next', reason: null, cost: 0.002 },
      ],
      cost: {
        total: 0.002,
        basis: 'priced',
        price_version: 'test-token-price',
        components: [{ type: 'input', quantity: 1_000, total_cost: 0.001 }, { total_cost: 0.001 }],
        ledger: [{ id: '17', kind: 'charge', amount: -0.002 }],
        hold: null,
      },
      video: null,
    });
    expect(storyAsJson(aStory({ choice: null, video: aVideoStory() }))).toMatchObject({
      route: null,
      passed_over: [{ executed_model: 'fal/fal-ai/sora-2', why: 'denied-by-organization' }],
      video: { state: 'running', polls: 7, upstream_id: 'video_68f0', completed_at: null },
    });
  });
});
