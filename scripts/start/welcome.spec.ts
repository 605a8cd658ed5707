import { readKey } from './migrate.mjs';
import { describeProviders, welcome } from './welcome.mjs';

describe('the closing text of npm start', () => {
  it('says that every provider is the sandbox if no key is set', () => {
    expect(describeProviders([]).join(' ')).toMatch(/every provider is the sandbox/);
  });

  it('lists the real providers and those that the sandbox replaces', () => {
    expect(describeProviders(['openrouter'])).toEqual([
      'Real providers, which cost real money: openrouter.',
      'The sandbox stands in for the others:',
      'openai, anthropic, gemini, vertex, fal, replicate, bfl, xai, fireworks, runware, openai-compatible.',
    ]);
  });

  it('contains a curl command with URL and key', () => {
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

describe('the API key in a line of the migration', () => {
  it.each([
    ['{"organizationId":"o","apiKey":"lmnfl_a.b"}', 'lmnfl_a.b'],
    ['{"organizationId":"o","apiKey":null}', null],
    ['Applied 1 migration', null],
    ['{broken', null],
  ])('is read from %s as %s', (line, key) => {
    expect(readKey(line)).toBe(key);
  });
});
