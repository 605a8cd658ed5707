import type { Attempt, CircuitState } from '@lumenfall/contracts';
import type { RequestReport } from '@lumenfall/ledger';
import { aReport, aVideoReport } from '../../test/a-report.js';
import { reportJson } from '@lumenfall/operator';
import { formatReport } from './format-report.js';

const NOW = new Date('2026-11-22T21:17:30.000Z');
const format = (changes: Parameters<typeof aReport>[0] = {}) => formatReport(aReport(changes), NOW);

describe('the report of a request', () => {
  it('formats a chat that failed over', () => {
    expect(format()).toBe(
      `
req_2abcdefghijklmnopqrstuvwxyz: completed
  when         2026-11-22T21:17:02.917Z, took 1012 ms
  who          organization default, key "First key" (ends in c4fe)
  what         /v1/chat/completions  text  gpt-5.4-mini
  answered by  openai/gpt-5.4-mini

Route
      offering                        key                  priority  weight  expected  circuit  success  latency   share
  1.  openrouter/openai/gpt-5.4-mini  openrouter#1d2e3f40         0       1    $0.002  healthy   98.7 %   412 ms  61.6 %
  2.  openai/gpt-5.4-mini             openai#3fa9c1d2             0       1         -  healthy        -        -  38.4 %
  not used: openai-compatible/mini (no key is set for this provider)

Attempts
  1. openrouter/openai/gpt-5.4-mini: failed (rate: the rate limit of the provider was reached), HTTP 429, 120 ms, $0.00
     reason: preferred, first by priority, weight, health, speed and price
     key: openrouter#1d2e3f40
     message: The provider limits the rate of requests
  2. openai/gpt-5.4-mini: succeeded, HTTP 200, 880 ms, $0.002
     reason: next, the call before had failed
     key: openai#3fa9c1d2

Cost
  $0.002, the usage that the provider reported, at the planned price
    input   1000 token  x 0.000001 USD  = $0.001
    output   500 token  x 0.000002 USD  = $0.001
  price version test-token-price
  ledger: entry 17, usage -$0.002, 2026-11-22T21:17:04.000Z
  hold: none`.trim(),
    );
  });

  it('formats a video that is being generated', () => {
    const text = format({
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
      video: aVideoReport(),
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
  not used: fal/fal-ai/sora-2 (the lists of the organization exclude it)

Attempts
  No provider was called.

Cost
  $0.00, not recorded yet
  ledger: no entry
  hold: $0.40, held, reviewed at 2026-11-22T22:20:02.950Z

Video
  state         running (the provider is generating it), after 3 state changes
  provider job  video_68f0
  progress      42 %, polled 7 times
  estimate      $0.40
  next step     2026-11-22T21:18:00.000Z
  deadline      2026-11-22T22:17:02.917Z`.trim(),
    );
  });

  const [limited, delivered] = aReport().attempts as [Attempt, Attempt];
  const order = aReport().choice?.order ?? [];
  const circuit = (circuitState: CircuitState): Partial<RequestReport> => ({
    choice: {
      order: order.map((candidate, at) => (at === 0 ? { ...candidate, circuitState } : candidate)),
      passedOver: [],
    },
  });
  const nothing = { executedModel: null, charge: null, costMicros: 0, ledger: [] };

  it.each<[string, Partial<RequestReport>, string[]]>([
    [
      'a request that was refused',
      { ...nothing, status: 'rejected', choice: null, attempts: [], errorCode: 'INSUFFICIENT_BALANCE' },
      ['rejected, refused before any provider was called', 'No provider was chosen.', 'No provider was called.'],
    ],
    [
      'a client that disconnected',
      { status: 'cancelled', attempts: [{ ...delivered, status: 'failed', failure: 'cancelled' }] },
      [
        'cancelled, the client disconnected before the end',
        'started by',
        'failed (cancelled: the call was cancelled by',
      ],
    ],
    [
      'a stream that was cut off',
      { status: 'upstream_failure', attempts: [{ ...delivered, status: 'failed', failure: 'transient' }] },
      ['upstream_failure, the answer was cut off', 'started by', 'failed (transient: the provider or the connection'],
    ],
    [
      'a request that no provider could answer',
      { ...nothing, status: 'upstream_failure', attempts: [limited] },
      ['upstream_failure, no provider delivered', 'add a second key, or ask the provider for a higher limit'],
    ],
    [
      'an open circuit',
      circuit('open'),
      ['not preferred: openrouter/openai/gpt-5.4-mini with openrouter#1d2e3f40 (open: its calls kept'],
    ],
    ['a provider that asked for a pause', circuit('resting'), ['(resting: the provider asked for a pause']],
    [
      'a key that earlier calls found refused',
      circuit('disabled'),
      ['(disabled: the provider refused its key', 'The key openrouter#1d2e3f40 was refused by earlier calls: renew it'],
    ],
    [
      'time outside the calls',
      { durationMs: 4_000 },
      ['outside the calls: 3000 ms in the queue, in pauses between calls'],
    ],
    [
      'images of which some were delivered',
      { attempts: [delivered, { ...delivered, status: 'failed', failure: 'empty', costMicros: 0 }] },
      ['part of the call above: it delivered some of the images'],
    ],
    [
      'a video that was found after its submission was lost',
      { attempts: [{ ...delivered, status: 'failed', failure: 'ambiguous', costMicros: 0 }, delivered] },
      [
        'ambiguous: the connection ended before the answer',
        'the provider had accepted it, so it was not submitted again',
      ],
    ],
    [
      'a video whose submission has an unknown outcome',
      {
        ...nothing,
        recordedAt: null,
        video: aVideoReport({
          state: 'unknown',
          upstreamId: null,
          pollCount: 1,
          nextActionAt: new Date('2026-11-22T22:17:02.917Z'),
        }),
      },
      [
        'unknown (the outcome of its submission is unknown',
        'not known: the provider may have it',
        'polled 1 time\n',
        'deleting the video here ends the wait',
      ],
    ],
  ])('explains %s in a full sentence', (_what, changes, sentences) => {
    const text = format(changes);
    for (const sentence of sentences) expect(text).toContain(sentence);
  });

  it('explains how the cost was determined', () => {
    const charge = aReport().charge;
    const reported = { price: null, quantities: [], reportedCostUsd: '0.002', estimated: false };
    expect(format({ charge: reported })).toContain('$0.002, the cost that the provider reported');
    expect(format({ charge: charge && { ...charge, estimated: true } })).toContain(
      'estimated: the provider reported no usage',
    );
    expect(format({ charge: charge && { ...charge, marginPercent: '12.5' } })).toContain('margin of 12.5 %');
    expect(format({ unpriced: true, costMicros: 0, ledger: [] })).toContain('NOT PRICED');
    const nothing = { price: null, quantities: [], reportedCostUsd: null, estimated: false };
    expect(format({ charge: nothing, costMicros: 0, ledger: [] })).toContain('$0.00, nothing was delivered');
  });

  it('shows the error that the client received', () => {
    const failed = {
      errorCode: 'ALL_PROVIDERS_EXHAUSTED',
      errorMessage: 'Every provider failed',
      status: 'upstream_failure',
    };
    expect(format(failed)).toMatch(/^ {2}error +ALL_PROVIDERS_EXHAUSTED: Every provider failed$/m);
  });

  it.each([
    ['nothing if all is well', {}, null],
    ['a price that the catalog lacks', { unpriced: true, costMicros: 0, ledger: [] }, 'add its price to the catalog'],
    ['a ledger that differs from the cost', { ledger: [] }, 'The ledger charged $0.00, but the request cost $0.002'],
    [
      'a key that was refused',
      { attempts: aReport().attempts.map((attempt) => ({ ...attempt, failure: 'auth' as const })) },
      'The provider refused the key openrouter#1d2e3f40',
    ],
    [
      'an overdue video',
      { recordedAt: null, video: aVideoReport({ nextActionAt: new Date('2026-11-22T21:17:00Z') }) },
      'check that a video-worker is running',
    ],
  ])('lists %s under Problems', (_what, changes, sentence) => {
    const text = format(changes);
    if (sentence === null) expect(text).not.toContain('Problems');
    else expect(text.slice(text.indexOf('Problems'))).toContain(sentence);
  });

  it('is one documented object as JSON', () => {
    expect(reportJson(aReport())).toMatchObject({
      id: 'req_2abcdefghijklmnopqrstuvwxyz',
      status: 'completed',
      organization: { slug: 'default' },
      key: { name: 'First key', last_four: 'c4fe' },
      error: null,
      route: [{ executed_model: 'openrouter/openai/gpt-5.4-mini', circuit_state: 'healthy', share: 0.616 }, {}],
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
        ledger: [{ id: '17', kind: 'usage', amount: -0.002 }],
        hold: null,
      },
      video: null,
    });
    expect(reportJson(aReport({ choice: null, video: aVideoReport() }))).toMatchObject({
      route: null,
      passed_over: [{ executed_model: 'fal/fal-ai/sora-2', why: 'denied-by-organization' }],
      video: { state: 'running', polls: 7, upstream_id: 'video_68f0', completed_at: null },
    });
  });
});
