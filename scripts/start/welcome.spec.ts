import { readBootstrap } from './migrate.mjs';
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

  const run = {
    url: 'http://localhost:3000',
    apiKey: 'lmnfl_a.b',
    isNewKey: true,
    keyFile: '.lumenfall/api-key',
    realProviders: [],
    queue: 'x',
    tookMs: 1,
    balance: 1000,
  };

  it('says what the balance is, and how to add credit and keys', () => {
    const text = welcome(run).join('\n');
    expect(text).toContain('The balance is 1000 USD of sandbox credit.');
    expect(text).toMatch(/lumenfall -- credits add 50 --org default[^]*lumenfall -- keys create --org default/);
    expect(welcome({ ...run, balance: 9.5, realProviders: ['fal'] }).join('\n')).toContain('The balance is 9.5 USD;');
  });

  it('contains a curl command with URL and key', () => {
    expect(welcome(run).join('\n')).toContain(
      'curl http://localhost:3000/openai/v1/chat/completions \\\n    -H "Authorization: Bearer lmnfl_a.b"',
    );
  });
});

describe('the result of the migration', () => {
  it.each([
    ['{"type":"bootstrap","apiKey":"lmnfl_a.b","balance":1000}', { apiKey: 'lmnfl_a.b', balance: 1000 }],
    ['{"type":"bootstrap","apiKey":null}', { apiKey: null, balance: null }],
    ['{"apiKey":"lmnfl_a.b"}', null],
    ['Applied 1 migration', null],
    ['{broken', null],
  ])('is read from %s as %j', (line, result) => {
    expect(readBootstrap(line)).toEqual(result);
  });
});
