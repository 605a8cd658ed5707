import { EXIT, parseCommandLine } from './command-line.js';
import { runCommandLine } from './run-command-line.js';

const ID = '2abcdefghijklmnopqrstuvwxyz';

describe('the command line', () => {
  it.each([
    [`doctor req_${ID}`, { name: 'doctor', requestId: `req_${ID}`, json: false }],
    [`doctor video_${ID} --json`, { name: 'doctor', requestId: `req_${ID}`, json: true }],
    [`doctor --json chatcmpl-${ID}`, { name: 'doctor', requestId: `req_${ID}`, json: true }],
    [
      'organization default',
      { name: 'organization', slug: 'default', allow: null, deny: null, retention: null, json: false },
    ],
    [
      'organization default --allow fal/*,openai/sora-2 --deny */gpt-image-1.5',
      {
        name: 'organization',
        slug: 'default',
        allow: ['fal/*', 'openai/sora-2'],
        deny: ['*/gpt-image-1.5'],
        retention: null,
        json: false,
      },
    ],
    [
      'organization acme --retention 30d',
      { name: 'organization', slug: 'acme', allow: null, deny: null, retention: '30d', json: false },
    ],
    [
      'organization acme --clear',
      { name: 'organization', slug: 'acme', allow: [], deny: [], retention: null, json: false },
    ],
    [
      'organization acme --clear --deny=fal/*',
      { name: 'organization', slug: 'acme', allow: [], deny: ['fal/*'], retention: null, json: false },
    ],
    [
      'organization acme --allow=',
      { name: 'organization', slug: 'acme', allow: [], deny: null, retention: null, json: false },
    ],
    [
      'organization acme --deny openrouter/openai/gpt-5.4-mini',
      expect.objectContaining({ deny: ['openrouter/openai/gpt-5.4-mini'] }),
    ],
    ['', { name: 'help' }],
    ['doctor --help', { name: 'help' }],
    ['-h', { name: 'help' }],
  ])('reads %p', (line, value) => {
    expect(parseCommandLine(line.split(' ').filter(Boolean))).toEqual({ ok: true, value });
  });

  it.each([
    ['doctr', "There is no command 'doctr'"],
    ['doctor', 'doctor needs the id'],
    ['doctor req_short', "'req_short' is no request id"],
    [`doctor req_${ID} req_${ID}`, `not 'req_${ID}' too`],
    [`doctor req_${ID} --jsn`, "Unknown option '--jsn'"],
    [`doctor req_${ID} --allow fal/*`, 'doctor knows only --json'],
    ['organization', 'organization needs a slug'],
    ['organization default --allow', "Option '--allow <value>' argument missing"],
    ['organization default --deny opnai/*', "'opnai' is no provider: use openrouter,"],
    ['organization default --retention 1y', "'1y' is no retention: use none, 7d or 30d"],
    ['doctor req_3HcB1sOqX0lJrVd7pPZyGmQk2aT --retention 7d', 'doctor knows only --json'],
    ['organization default --deny fal', 'write fal/* for all of this provider'],
    ['organization default --deny fa;l', "'fa;l' is no pattern"],
  ])('refuses %p in one line', async (line, error) => {
    const ending = await runCommandLine(line.split(' '), '');
    expect(ending).toEqual({ code: EXIT.usage, error: expect.stringContaining(error) });
    expect(ending.error).toMatch(/^[^\n]+ \(see --help\)$/);
  });

  it.each(['', 'redis://127.0.0.1', 'postgres'])('says in one line that %p is no database', async (url) => {
    const ending = await runCommandLine(['doctor', `req_${ID}`], url);
    expect(ending).toEqual({ code: EXIT.failed, error: expect.stringMatching(/^No database: [^\n]+$/) });
  });

  it('says in one line that nothing answers there, without the password', async () => {
    const ending = await runCommandLine(['doctor', `req_${ID}`], 'postgres://u:hush@127.0.0.1:1/x');
    expect(ending).toEqual({
      code: EXIT.failed,
      error: expect.stringMatching(/^Nothing answers on 127\.0\.0\.1:1 [^\n]+$/),
    });
    expect(ending.error).not.toContain('hush');
  });
});
