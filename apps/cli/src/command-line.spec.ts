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
    operate: (name, input) => note('operate')(name, input),
    prices: () => note('prices')(),
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
    ['prices list', ['prices']],
    ['prices import a.yaml --valid-from 2027-01-01', ['prices']],
    ['orgs show default', ['operate', 'organizations.show', { organization: 'default' }]],
    ['orgs create Acme', ['operate', 'organizations.create', { name: 'Acme' }]],
    [
      'orgs set acme --mode postpaid --credit-limit 250.50 --spend-per-day none --requests-at-once 4',
      [
        'operate',
        'organizations.set',
        {
          organization: 'acme',
          billing_mode: 'postpaid',
          credit_limit: '250.50',
          limits: { spend_per_day: null, requests_at_once: 4 },
        },
      ],
    ],
    [
      'orgs set default --allow fal/*,openai/sora-2 --deny */gpt-image-1.5',
      [
        'operate',
        'organizations.set',
        { organization: 'default', allow: ['fal/*', 'openai/sora-2'], deny: ['*/gpt-image-1.5'] },
      ],
    ],
    [
      'orgs set acme --margin 12.5 --payload-retention 7d',
      ['operate', 'organizations.set', { organization: 'acme', margin_percent: '12.5', payload_retention: '7d' }],
    ],
    ['orgs set acme --margin none', ['operate', 'organizations.set', { organization: 'acme', margin_percent: null }]],
    ['orgs set acme --clear', ['operate', 'organizations.set', { organization: 'acme', allow: [], deny: [] }]],
    [
      'orgs set acme --clear --deny=fal/*',
      ['operate', 'organizations.set', { organization: 'acme', allow: [], deny: ['fal/*'] }],
    ],
    ['orgs set acme --allow=', ['operate', 'organizations.set', { organization: 'acme', allow: [] }]],
    ['organization default', ['operate', 'organizations.show', { organization: 'default' }]],
    [
      'organization acme --retention 30d',
      ['operate', 'organizations.set', { organization: 'acme', media_retention: '30d' }],
    ],
    ['keys create --org acme --name CI', ['operate', 'keys.create', { organization: 'acme', name: 'CI' }]],
    ['keys list --org acme --limit 5', ['operate', 'keys.list', { organization: 'acme', limit: '5' }]],
    ['keys revoke 2m4jLFHhkN1i4VrVHpjJqCOKlPw', ['operate', 'keys.revoke', { key: '2m4jLFHhkN1i4VrVHpjJqCOKlPw' }]],
    [
      'credits add 12.50 --org acme --reference inv-7',
      ['operate', 'credits.add', { organization: 'acme', amount: '12.50', reference: 'inv-7' }],
    ],
    ['topups list --org acme', ['operate', 'top_ups.list', { organization: 'acme' }]],
    ['topups complete top_1 --org acme', ['operate', 'top_ups.complete', { organization: 'acme', top_up: 'top_1' }]],
    [
      'topups refuse top_1 --org acme --reason unpaid',
      ['operate', 'top_ups.refuse', { organization: 'acme', top_up: 'top_1', reason: 'unpaid' }],
    ],
    ['topups auto --org acme', ['operate', 'auto_top_up.show', { organization: 'acme' }]],
    ['topups auto --org acme --off', ['operate', 'auto_top_up.set', { organization: 'acme', enabled: false }]],
    [
      'topups auto --org acme --threshold 20 --amount 100 --max-per-day 2',
      ['operate', 'auto_top_up.set', { organization: 'acme', threshold: '20', amount: '100', max_per_day: '2' }],
    ],
    ['credits adjust -3.2 --org acme', ['operate', 'credits.adjust', { organization: 'acme', amount: '-3.2' }]],
    ['actions --org acme --after 7', ['operate', 'actions.list', { organization: 'acme', starting_after: '7' }]],
    ['migrate', ['migrate', {}]],
    ['migrate --sandbox', ['migrate', { sandbox: true }]],
  ])('calls the command of %p with its options', async (line, call) => {
    expect(await calls(line)).toEqual([call]);
  });

  it.each([
    ['', /^Usage: lumenfall <command>[^]*doctor[^]*orgs[^]*keys[^]*credits[^]*migrate[^]*Exit codes: 0 done/],
    ['-h', /^Usage: lumenfall <command>/],
    ['doctor --help', /^Usage: lumenfall doctor [^]*--json/],
    ['help orgs', /^Usage: lumenfall orgs [^]*create [^]*set /],
    [
      'orgs set --help',
      /^Usage: lumenfall orgs set [^]*--retention [^]*A pattern is <provider>\/<model id>[^]*Examples:/,
    ],
    ['credits add -h', /Examples:\n {2}lumenfall credits add 50 --org default/],
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
    ['orgs', "'orgs' needs a command"],
    ['orgs crate', "unknown command 'crate'"],
    ['orgs set', "missing required argument 'id'"],
    ['orgs set default --allow', "option '--allow <patterns>' argument missing"],
    ['orgs set default --deny opnai/*', "deny: 'opnai' is not a provider: use openrouter,"],
    ['orgs set default --retention 1y', "'1y' is invalid. Allowed choices are none, 7d, 30d"],
    [`doctor req_${ID} --retention 7d`, "unknown option '--retention'"],
    ['orgs set default --deny fal', 'write fal/* for every model of this provider'],
    ['orgs set default --deny fa;l', "instead of 'fa;l'"],
    ['orgs set default --margin -1', 'margin_percent: expected a percentage'],
    ['orgs set default --requests-at-once many', 'limits.requests_at_once: '],
    ['keys create --org acme', "required option '--name <name>' not specified"],
    ['keys create --org acme --name x --expires soon', 'expires_at: expected a time such as 2027-01-31'],
    ['credits add 5', "required option '--org <id>' not specified"],
    ['credits add 1e3 --org acme', "amount: '1e3' is not an amount in USD: write for example 12.50"],
    ['credits add -5 --org acme', 'amount: must be more than 0'],
    ['credits add 0.0000001 --org acme', 'at most six decimals'],
    ['actions --limit 1000', 'limit: '],
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
