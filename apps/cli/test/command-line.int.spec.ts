import { newRequestId, videoIdOf, type RouteChoice } from '@lumenfall/contracts';
import { apiKeyStore, organizationStore } from '@lumenfall/accounts';
import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { holdStore, ledgerStore } from '@lumenfall/ledger';
import { videoStore } from '@lumenfall/videos';
import { micros } from '@lumenfall/money';
import { unwrap } from '@lumenfall/service-kit';
import {
  aPlan,
  anOffering,
  aUsageRecord,
  filledDatabase,
  freshDatabase,
  requestContext,
  type FreshDatabase,
  aVideoRequest,
} from '@lumenfall/testing';
import { runCommandLine } from '../src/command-line.js';
import { commandsFor } from '../src/commands.js';

describe('the operator command line on a database', () => {
  let fresh: FreshDatabase;
  let client: Client;
  let organizationId: string;
  let keyId: string;
  beforeAll(async () => {
    fresh = await filledDatabase('migrated', (url) => migrateDatabase(url, { info: () => undefined }));
    client = openClient(fresh.url);
    const grantMicros = micros(1_000_000);
    organizationId = (await organizationStore(client).ensure({ slug: 'acme', name: 'Acme', grantMicros })).id;
    keyId = unwrap(await apiKeyStore(client).create(organizationId, 'CI key')).id;
  });
  afterAll(async () => {
    await client.$disconnect();
    await fresh.drop();
  });

  const run = (...args: string[]) => runCommandLine(args, commandsFor({ databaseUrl: fresh.url }));
  const asJson = async (...args: string[]) => JSON.parse((await run(...args, '--json')).text ?? 'null') as unknown;

  const choice: RouteChoice = {
    order: [
      {
        executedModel: 'openai/gpt-5.4-mini',
        credential: 'openai#3fa9c1d2',
        priority: 0,
        weight: 2,
        circuitState: 'open',
        successRate: 0.2,
        latencyMs: 400,
        expectedMicros: 9,
        share: 0.5,
      },
    ],
    passedOver: [{ executedModel: 'fal/x', why: 'no-credential' }],
  };

  async function recorded(): Promise<string> {
    const record = aUsageRecord({ organizationId, keyId, requestId: newRequestId(), choice });
    const { requestId } = record;
    const [deadline, placeUntil] = [Date.now() + 60_000, Date.now() + 60_000];
    const owner = { requestId, organizationId, modality: 'text' } as const;
    await holdStore(client).place({ ...owner, amountMicros: 5_000, deadline, placeUntil });
    const usages = [{ record, costMicros: micros(2_000), unpriced: false }];
    await ledgerStore(client).apply(usages);
    return requestId;
  }

  it('reports a recorded chat with its route, attempts, cost and hold', async () => {
    const requestId = await recorded();
    expect(await asJson('doctor', requestId)).toMatchObject({
      id: requestId,
      status: 'completed',
      organization: { id: organizationId },
      key: { id: keyId, name: 'CI key' },
      route: [{ credential: 'openai#3fa9c1d2', circuit_state: 'open', weight: 2, expected_cost: 0.000009 }],
      passed_over: [{ executed_model: 'fal/x', why: 'no-credential' }],
      attempts: [{ status: 'succeeded', chosen: 'only', cost: 0.002 }],
      cost: {
        total: 0.002,
        basis: 'priced',
        ledger: [{ kind: 'usage', amount: -0.002 }],
        hold: { state: 'settled', amount: 0.005 },
      },
    });
    const { code, text } = await run('doctor', requestId.replace('req_', 'chatcmpl-'));
    expect([code, text]).toEqual([0, expect.stringContaining('key "CI key"')]);
    expect(text).not.toContain('Problems');
  });

  it('reports a running video without prompts or secrets', async () => {
    const context = requestContext({ organizationId, keyId, modality: 'video', requestId: newRequestId() });
    await videoStore(client).create({
      requestContext: context,
      plan: aPlan({ model: 'sora-2', modality: 'video', route: [anOffering({ provider: 'openai' })] }),
      request: aVideoRequest({ prompt: 'A very private boat' }),
      seconds: '4',
      size: '1280x720',
      prompt: 'A very private boat',
      clientMetadata: null,
      nextActionAt: new Date(Date.now() + 60_000),
      deadline: new Date(Date.now() + 600_000),
      mediaRetention: 'none',
      estimateMicros: 400_000,
      idempotencyKey: null,
      bodyHash: 'a',
    });
    await videoStore(client).admit(context.requestId);
    const handle = {
      upstreamId: 'video_68f0',
      statusUrl: 'https://example.com/status?token=hush',
      resultUrl: null,
      cancelUrl: null,
    };
    const attempts = aUsageRecord().attempts;
    await videoStore(client).move(
      { requestId: context.requestId, version: 1 },
      { state: 'running', handle, attempts, pollCount: 3 },
    );
    const ending = await run('doctor', videoIdOf(context.requestId));
    expect(ending).toEqual({ code: 0, text: expect.stringContaining('polled 3 times') });
    expect(ending.text).toContain('provider job  video_68f0');
    expect(ending.text).toContain('1. openrouter/openai/gpt-5.4-mini: succeeded');
    const everything = `${ending.text} ${JSON.stringify(await asJson('doctor', context.requestId))}`;
    expect(everything).not.toMatch(/private boat|hush/);
  });

  it('says in one line that a request or organization does not exist', async () => {
    const unknown = newRequestId();
    expect(await run('doctor', unknown)).toEqual({ code: 3, error: expect.stringContaining(`${unknown} is not in`) });
    expect(await run('orgs', 'set', 'acne', '--clear')).toEqual({
      code: 3,
      error: "There is no organization 'acne'. Did you mean 'acme'?",
    });
    expect(await run('keys', 'revoke', 'unknown')).toMatchObject({
      code: 3,
      error: expect.stringMatching(/^There is no/),
    });
  });

  it('shows and sets the lists and the retention of an organization', async () => {
    expect((await run('orgs', 'show', 'acme')).text).toMatch(
      /allow {6}everything\n {2}deny {7}nothing\n {2}retention {2}none \(/,
    );
    const set = await run('orgs', 'set', 'acme', '--allow', 'fal/*, openai/*', '--deny', 'openai/sora-2');
    expect(set.text).toMatch(
      /allow {6}fal\/\*, openai\/\*\n {2}deny {7}openai\/sora-2\n {2}retention .*\n {2}payloads {3}not kept\nThe gateways apply/,
    );
    expect((await apiKeyStore(client).find(keyId))?.rules).toEqual({
      allow: ['fal/*', 'openai/*'],
      deny: ['openai/sora-2'],
    });
    expect(await asJson('orgs', 'set', 'acme', '--allow', '')).toMatchObject({
      slug: 'acme',
      allow: [],
      deny: ['openai/sora-2'],
    });
    expect(await asJson('orgs', 'set', organizationId, '--clear')).toMatchObject({ allow: [], deny: [] });
    expect(await asJson('organization', 'acme', '--retention', '7d')).toMatchObject({
      allow: [],
      media_retention: '7d',
    });
  });

  it('creates an organization, credits it, and creates, limits, lists and revokes its key', async () => {
    expect((await run('orgs', 'create', 'Lighthouse')).text).toContain('Next: lumenfall keys create --org lighthouse');
    const added = await run('credits', 'add', '12.50', '--org', 'lighthouse', '--reference', 'inv-7');
    expect(added.text).toMatch(/^entry_\d+: top_up \$12\.50, the balance is now \$12\.50 \(reference inv-7\)\.$/);
    expect(await run('credits', 'add', '12.50', '--org', 'lighthouse', '--reference', 'inv-7')).toEqual(added);
    expect(await run('credits', 'add', '13', '--org', 'lighthouse', '--reference', 'inv-7')).toEqual({
      code: 1,
      error: expect.stringContaining("reference 'inv-7' was used before"),
    });
    await run('credits', 'adjust', '-0.5', '--org', 'lighthouse');
    expect((await run('orgs', 'list')).text).toMatch(
      /^slug +id +mode +balance +name\nlighthouse +org_\w+ +prepaid +\$12\.00 +Lighthouse\n/,
    );

    const made = await run(
      'keys',
      'create',
      '--org',
      'lighthouse',
      '--name',
      'CI',
      '--expires',
      '2999-12-31',
      '--spend-per-day',
      '5',
    );
    const [key = ''] = /lmnfl_\S+$/.exec(made.text ?? '') ?? [];
    expect(made.text).toMatch(
      /active until 2999-12-31T23:59:59\.999Z\n {2}limits {8}\$5\.00 per day\nShown only this once/,
    );
    expect(await apiKeyStore(client).find(key.slice(6, 33))).toMatchObject({
      name: 'CI',
      limits: { spendPerDayMicros: 5_000_000 },
    });
    expect((await run('keys', 'set', key, '--spend-per-day', 'none', '--requests-at-once', '3')).text).toContain(
      '3 requests at once',
    );
    expect((await run('keys', 'list', '--org', 'lighthouse')).text).toContain('3 requests at once');
    expect((await run('keys', 'delete', key)).error).toContain('revoke it first');
    expect((await run('keys', 'revoke', key)).text).toMatch(/revoked .*\n[^]*within two seconds/);
    expect((await run('keys', 'delete', key)).text).toBe(`The key 'CI' (${key.slice(6, 33)}) is deleted.`);
    const actions = await run('actions', '--org', 'lighthouse', '--limit', '3');
    expect(actions.text).toMatch(/^id +when +by +action [^]*keys\.delete +done[^]*older: --after \d+$/);
    expect(JSON.stringify(await asJson('actions', '--org', 'lighthouse'))).not.toContain(key.split('.')[1]);
  });

  it('migrates an empty database, prints its first API key once, and changes nothing when it runs again', async () => {
    const empty = await freshDatabase();
    const lines: string[] = [];
    const migrate = async (...options: string[]) => {
      const log = (line: string): void => void lines.push(line);
      const { code, text } = await runCommandLine(
        ['migrate', ...options],
        commandsFor({ databaseUrl: empty.url, log }),
      );
      return { code, ...(JSON.parse(text ?? '{}') as object) };
    };
    const first = await migrate('--sandbox');
    expect(first).toEqual({
      code: 0,
      type: 'bootstrap',
      organizationId: expect.stringMatching(/^org_/),
      apiKey: expect.stringMatching(/^lmnfl_/),
      balance: 1_000,
    });
    const listed = await runCommandLine(
      ['credits', 'list', '--org', 'default'],
      commandsFor({ databaseUrl: empty.url }),
    );
    expect(listed.text).toMatch(/top_up +\$1000\.00 +\$1000\.00 +sandbox-credit: sandbox credit$/);
    expect(await migrate()).toEqual({ ...first, apiKey: null });
    expect(lines).toEqual(
      expect.arrayContaining([expect.stringMatching(/^Applied \d+/), 'The database is up to date.']),
    );
    await empty.drop();
  });

  it('says in one line that a database is not migrated or does not exist', async () => {
    const empty = await freshDatabase();
    const ending = await runCommandLine(['doctor', newRequestId()], commandsFor({ databaseUrl: empty.url }));
    expect(ending).toEqual({
      code: 1,
      error: expect.stringMatching(/^Database "\w+" has not been migrated to this version: [^\n]+$/),
    });
    await empty.drop();
    const gone = await runCommandLine(['doctor', newRequestId()], commandsFor({ databaseUrl: empty.url }));
    expect(gone).toEqual({ code: 1, error: expect.stringMatching(/^Database "\w+" does not exist on [^\n]+$/) });
  });
});
