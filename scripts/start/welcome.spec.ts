import { readKey } from './migrate.mjs';
import { describeProviders, welcome } from './welcome.mjs';

describe('what the start says last', () => {
  it('says plainly that everything is the sandbox', () => {
    expect(describeProviders([]).join(' ')).toMatch(/every provider is the sandbox/);
  });

  it('tells real providers from stand-ins', () => {
    expect(describeProviders(['openrouter'])).toEqual([
      'Real providers, which cost real money: openrouter.',
      'The sandbox stands in for the others:',
      'openai, anthropic, gemini, vertex, fal, replicate, bfl, xai, fireworks, runware, openai-compatible.',
    ]);
  });

  it('shows a curl that can be pasted', () => {
    const run = {
      url: 'http://localhost:3000',
      apiKey: 'lmnfl_a.b',
      isNewKey: true,
      keyFile: '.lumenfall/api-key',
      realProviders: [],
      queue: 'x',
      tookMs: 1,
    };
    expect(welcome(run).join('\n')).toContain(
      'curl http://localhost:3000/openai/v1/chat/completions \\\n    -H "Authorization: Bearer lmnfl_a.b"',
    );
  });
});

describe('the key in what the migration says', () => {
  it.each([
    ['{"organizationId":"o","apiKey":"lmnfl_a.b"}', 'lmnfl_a.b'],
    ['{"organizationId":"o","apiKey":null}', null],
    ['Applied 1 migration', null],
    ['{broken', null],
  ])('%s', (line, key) => {
    expect(readKey(line)).toBe(key);
  });
});
