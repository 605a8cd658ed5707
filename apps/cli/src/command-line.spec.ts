import { runCommandLine, type Commands } from './command-line.js';
import { commandsFor } from './commands.js';
import { EXIT } from './outcome.js';

const ID = '2abcdefghijklmnopqrstuvwxyz';

/** Runs a line with commands that do nothing, and returns how each was called. */
async function calls(line: string): Promise<unknown[]> {
  const called: unknown[] = [];
  const note =
    (name: string) =>
    (...args: unknown[]) => {
      called.push([name, ...args]);
      return Promise.resolve({ code: EXIT.done });
    };
  const commands: Commands = {
    doctor: note('doctor'),
    organization: note('organization'),
    migrate: note('migrate'),
  };
  const outcome = await runCommandLine(line.split(' ').filter(Boolean), commands);
  return outcome.text === undefined && outcome.error === undefined ? called : [...called, outcome];
}

describe('the operator command line', () => {
  it.each<[string, unknown[]]>([
    [`doctor req_${ID}`, ['doctor', `req_${ID}`, {}]],
    [`doctor video_${ID} --json`, ['doctor', `req_${ID}`, { json: true }]],
    [`doctor --json chatcmpl-${ID}`, ['doctor', `req_${ID}`, { json: true }]],
    ['organization default', ['organization', 'default', {}]],
    [
      'organization default --allow fal/*,openai/sora-2 --deny */gpt-image-1.5',
      ['organization', 'default', { allow: ['fal/*', 'openai/sora-2'], deny: ['*/gpt-image-1.5'] }],
    ],
    ['organization acme --retention 30d', ['organization', 'acme', { retention: '30d' }]],
    ['organization acme --clear', ['organization', 'acme', { clear: true }]],
    ['organization acme --clear --deny=fal/*', ['organization', 'acme', { clear: true, deny: ['fal/*'] }]],
    ['organization acme --allow=', ['organization', 'acme', { allow: [] }]],
    [
      'organization acme --deny openrouter/openai/gpt-5.4-mini',
      ['organization', 'acme', { deny: ['openrouter/openai/gpt-5.4-mini'] }],
    ],
    ['migrate', ['migrate']],
  ])('calls the command of %p with its options', async (line, call) => {
    expect(await calls(line)).toEqual([call]);
  });

  it.each([
    ['', /^Usage: lumenfall <command>[^]*doctor[^]*organization[^]*migrate[^]*Exit codes: 0 done/],
    ['-h', /^Usage: lumenfall <command>/],
    ['doctor --help', /^Usage: lumenfall doctor [^]*--json/],
    ['help organization', /^Usage: lumenfall organization [^]*--retention [^]*A pattern is <provider>\/<model id>/],
  ])('prints help for %p', async (line, help) => {
    expect(await calls(line)).toEqual([{ code: EXIT.done, text: expect.stringMatching(help) }]);
  });

  it.each([
    ['doctr', "unknown command 'doctr'"],
    ['doctor', "missing required argument 'request_id'"],
    ['doctor req_short', "'req_short' is invalid for argument 'request_id'. Expected req_, video_ or chatcmpl-"],
    [`doctor req_${ID} req_${ID}`, 'too many arguments'],
    [`doctor req_${ID} --jsn`, "unknown option '--jsn'"],
    [`doctor req_${ID} --allow fal/*`, "unknown option '--allow'"],
    ['organization', "missing required argument 'slug'"],
    ['organization default --allow', "option '--allow <patterns>' argument missing"],
    ['organization default --deny opnai/*', "'opnai' is not a provider: use openrouter,"],
    ['organization default --retention 1y', "'1y' is invalid. Allowed choices are none, 7d, 30d"],
    [`doctor req_${ID} --retention 7d`, "unknown option '--retention'"],
    ['organization default --deny fal', 'write fal/* for every model of this provider'],
    ['organization default --deny fa;l', "instead of 'fa;l'"],
    ['migrate now', 'too many arguments'],
  ])('refuses %p in one line that names what is wrong', async (line, error) => {
    expect(await calls(line)).toEqual([{ code: EXIT.usage, error: expect.stringContaining(error) }]);
    expect(await calls(line)).toEqual([{ code: EXIT.usage, error: expect.stringMatching(/^[^\n]+ \(see --help\)$/) }]);
  });

  const onDatabase = (databaseUrl: string) => runCommandLine(['doctor', `req_${ID}`], commandsFor({ databaseUrl }));

  it.each(['', 'redis://127.0.0.1', 'postgres'])('says in one line that %p is not a database address', async (url) => {
    expect(await onDatabase(url)).toEqual({ code: EXIT.failed, error: expect.stringMatching(/^No database: [^\n]+$/) });
  });

  it('says in one line that no database answers, without the password', async () => {
    const outcome = await onDatabase('postgres://u:hush@127.0.0.1:1/x');
    expect(outcome).toEqual({
      code: EXIT.failed,
      error: expect.stringMatching(/^Nothing answers on 127\.0\.0\.1:1 [^\n]+$/),
    });
    expect(outcome.error).not.toContain('hush');
  });
});
