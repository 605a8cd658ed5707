import { PROVIDER_SLUGS } from '@lumenfall/contracts';
import { parseDirectives, withoutDirectives, type Directive } from './parse-directives.js';

const only = (text: string): Directive | undefined => parseDirectives(text).directives[0];

describe('sandbox directives', () => {
  it.each<[string, Partial<Directive>]>([
    ['[sandbox status=429]', { status: 429 }],
    ['please [sandbox status=500 provider=fal times=1] fail', { status: 500, provider: 'fal', times: 1 }],
    ['[sandbox latency=2000]', { latency: 2000 }],
    ['[sandbox cut=3]', { cut: 3 }],
    ['[sandbox cut=0]', { cut: 0 }],
    ['[sandbox empty]', { empty: true }],
    ['[sandbox moderation]', { moderation: true }],
    ['[sandbox fail at=poll]', { fail: true, at: 'poll' }],
    ['[sandbox tokens=400 rate=50]', { tokens: 400, rate: 50 }],
    ['[sandbox tokens=400,rate=50]', { tokens: 400, rate: 50 }],
    ['[SANDBOX Status=503 Retry-After=7]', { status: 503, retryAfter: 7 }],
    ['[sandbox\n  tool\n  echo ]', { tool: true, echo: true }],
    [
      '[sandbox status=502 after=2 provider=openai-compatible]',
      { status: 502, after: 2, provider: 'openai-compatible' },
    ],
    ['[sandbox]', {}],
  ])('are read from %s', (text, expected) => {
    expect(parseDirectives(text).problems).toEqual([]);
    expect(only(text)).toMatchObject(expected);
  });

  it.each([
    '',
    'a plain prompt',
    'sandbox status=429',
    '[sand box status=429]',
    '[sandboxed status=429]',
    'an [array] of [brackets',
    '[sandbox status=429',
  ])('are not found in %p', (text) => {
    expect(parseDirectives(text)).toEqual({ directives: [], problems: [] });
  });

  it.each([
    ['[sandbox status=200]', "'status=200': status is a whole number from 400 to 599."],
    ['[sandbox status=oops]', "'status=oops': status is a whole number from 400 to 599."],
    ['[sandbox rate=0]', "'rate=0': rate is a whole number from 1 to 100000."],
    ['[sandbox latency=-1]', "'latency=-1': latency is a whole number from 0 to 3600000."],
    ['[sandbox latency=]', "'latency=': latency is a whole number from 0 to 3600000."],
    ['[sandbox statsu=429]', "'statsu=429' is not a sandbox directive."],
    ['[sandbox boom]', "'boom' is not a sandbox directive."],
    ['[sandbox constructor=1]', "'constructor=1' is not a sandbox directive."],
    ['[sandbox provider=acme]', `'provider=acme': provider is one of ${PROVIDER_SLUGS.join(', ')}.`],
    ['[sandbox at=night]', "'at=night': at is one of submit, poll, result, file."],
  ])('with a mistake, %s, are reported', (text, problem) => {
    expect(parseDirectives(text).problems).toEqual([problem]);
  });

  it('in several brackets are independent', () => {
    const { directives } = parseDirectives('[sandbox status=500 times=1] and [sandbox latency=5]');
    expect(directives.map(({ source, status, latency, times }) => ({ source, status, latency, times }))).toEqual([
      { source: '[sandbox status=500 times=1]', status: 500, latency: null, times: 1 },
      { source: '[sandbox latency=5]', status: null, latency: 5, times: null },
    ]);
  });

  it('are removed from the prompt that an image shows', () => {
    expect(withoutDirectives('A fox [sandbox latency=5]  at\ndawn [sandbox empty]')).toBe('A fox at dawn');
  });
});
