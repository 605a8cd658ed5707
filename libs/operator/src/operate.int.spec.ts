import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import { operate, type OperationName } from './index.js';

describe('an operation', () => {
  let db: MigratedDatabase<Client>;
  let organization: string;
  beforeAll(async () => {
    db = await migratedDatabase(migrateDatabase, openClient);
  });
  beforeEach(async () => {
    organization = await db.organization(1_000_000);
  });
  afterAll(() => db.close());

  const run = <N extends OperationName>(name: N, input: object) => operate(db.client, 'cli', name, input);
  const actions = (id = organization) =>
    db.sql(
      'SELECT source, action, reference, parameters, outcome, result FROM operator_actions WHERE organization_id = $1',
      [id],
    );

  it('adds exact credit with the balance that results, and records the action', async () => {
    const added = await run('credits.add', { organization, amount: '12.50', note: 'invoice 7', reference: 'inv-7' });
    expect(added).toMatchObject({
      ok: true,
      value: { type: 'top_up', amount: 12.5, balance_after: 13.5, note: 'invoice 7', reference: 'inv-7' },
    });
    expect(await db.books(organization)).toEqual({ balance: 13_500_000, entries: 13_500_000 });
    expect(await actions()).toEqual([
      expect.objectContaining({
        source: 'cli',
        action: 'credits.add',
        reference: 'inv-7',
        parameters: { organization, amount: 12_500_000, note: 'invoice 7', reference: 'inv-7' },
        outcome: 'done',
        result: expect.objectContaining({ balance_after: 13.5 }),
      }),
    ]);
  });

  it('is made once per reference, also if several run at once, and answers the same each time', async () => {
    const input = { organization, amount: '2', reference: 'payment 1' };
    const made = await Promise.all(Array.from({ length: 5 }, () => run('credits.add', input)));
    for (const one of made) expect(one).toEqual(made[0]);
    expect(made[0]).toMatchObject({ ok: true, value: { balance_after: 3 } });
    expect((await db.books(organization)).balance).toBe(3_000_000);
    expect(await actions()).toHaveLength(1);
  });

  it('is refused if its reference was used with another amount or for another kind of entry', async () => {
    await run('credits.add', { organization, amount: '2', reference: 'payment 2' });
    for (const other of [
      run('credits.add', { organization, amount: '3', reference: 'payment 2' }),
      run('credits.adjust', { organization, amount: '2', reference: 'payment 2' }),
    ]) {
      expect(await other).toMatchObject({ ok: false, error: { code: 'IDEMPOTENCY_CONFLICT', param: 'reference' } });
    }
    expect((await db.books(organization)).balance).toBe(3_000_000);
    expect((await actions()).map(({ outcome }) => outcome)).toEqual([
      'done',
      'IDEMPOTENCY_CONFLICT',
      'IDEMPOTENCY_CONFLICT',
    ]);
  });

  it('may use the reference of another organization', async () => {
    const other = await db.organization(1);
    for (const id of [organization, other]) {
      expect(await run('credits.add', { organization: id, amount: 1, reference: 'march' })).toMatchObject({ ok: true });
    }
  });

  it('adjusts a balance in both directions', async () => {
    expect(await run('credits.adjust', { organization, amount: '-0.000001' })).toMatchObject({
      value: { type: 'adjustment', amount: -0.000001, balance_after: 0.999999 },
    });
    expect(await run('credits.adjust', { organization, amount: 0.5 })).toMatchObject({
      value: { balance_after: 1.499999 },
    });
  });

  it.each<[OperationName, object, string]>([
    ['credits.add', { amount: '1e3' }, 'amount'],
    ['credits.add', { amount: '-1' }, 'amount'],
    ['credits.add', { amount: '0' }, 'amount'],
    ['credits.add', { amount: '1.0000001' }, 'amount'],
    ['credits.add', { amount: 1e21 }, 'amount'],
    ['credits.add', {}, 'amount'],
    ['credits.adjust', { amount: 0 }, 'amount'],
    ['credits.add', { amount: 1, note: 'a\nb' }, 'note'],
    ['organizations.set', { billing_mode: 'free' }, 'billing_mode'],
    ['organizations.set', { credit_limit: '-1' }, 'credit_limit'],
    ['organizations.set', { deny: ['opnai/*'] }, 'deny'],
    ['keys.create', { name: ' ' }, 'name'],
    ['keys.create', { name: `lmnfl_abc.${'x'.repeat(43)}` }, 'name'],
  ])('%s refuses %j with the name of the field', async (name, input, param) => {
    expect(await run(name, { organization, ...input })).toMatchObject({
      ok: false,
      error: { code: 'INVALID_REQUEST', param },
    });
    expect(await actions()).toEqual([]);
  });

  it('refuses a field that it does not know', async () => {
    expect(await run('credits.add', { organization, amount: 1, refrence: 'x' })).toMatchObject({
      error: { code: 'INVALID_REQUEST' },
    });
  });

  it('suggests the organization that was meant, and records the refusal', async () => {
    await run('organizations.create', { name: 'Lighthouse Ltd.' });
    const missing = {
      code: 'NOT_FOUND',
      message: "There is no organization 'lighthose-ltd'. Did you mean 'lighthouse-ltd'?",
    };
    expect(await run('credits.add', { organization: 'lighthose-ltd', amount: 1 })).toMatchObject({
      ok: false,
      error: missing,
    });
    expect(
      await db.sql(`SELECT outcome, result FROM operator_actions WHERE parameters->>'organization' = 'lighthose-ltd'`),
    ).toEqual([{ outcome: 'NOT_FOUND', result: { message: missing.message } }]);
  });

  it('creates, changes and lists organizations', async () => {
    const created = await run('organizations.create', {
      name: 'Café Über',
      billing_mode: 'postpaid',
      credit_limit: '50',
    });
    expect(created).toMatchObject({
      ok: true,
      value: { slug: 'cafe-uber', billing_mode: 'postpaid', credit_limit: 50, available: 50, balance: 0, allow: [] },
    });
    expect(await run('organizations.create', { name: 'Cafe Uber' })).toMatchObject({ error: { param: 'slug' } });
    const changes = {
      billing_mode: 'prepaid',
      name: 'Café',
      allow: ['fal/*'],
      media_retention: '7d',
      payload_retention: '30d',
      margin_percent: '12.5',
    };
    expect(await run('organizations.set', { organization: 'cafe-uber', ...changes })).toMatchObject({
      value: { ...changes, available: 0, credit_limit: 50, deny: [] },
    });
    const first = await run('organizations.list', { limit: 1 });
    expect(first).toMatchObject({ value: { data: [{ slug: 'cafe-uber' }], has_older: true, has_newer: false } });
    const id = first.ok ? first.value.data[0]?.id : '';
    expect(await run('organizations.list', { limit: 100, starting_after: id })).toMatchObject({
      value: { has_newer: true },
    });
    expect(await run('actions.list', { organization: id })).toMatchObject({
      value: { data: [{ action: 'organizations.set', organization_id: id }, { action: 'organizations.create' }] },
    });
  });

  it('creates a key that is shown once and recorded without its secret', async () => {
    const input = { organization, name: 'CI', reference: 'ci-key' };
    const created = await run('keys.create', input);
    const key = created.ok ? (created.value.key ?? '') : '';
    expect(key).toMatch(/^lmnfl_/);
    expect(await run('keys.create', input)).toMatchObject({
      ok: true,
      value: { name: 'CI', key: null, status: 'active' },
    });
    const secret = key.split('.')[1] ?? '';
    expect(JSON.stringify(await actions())).not.toContain(secret);
    expect(await run('keys.list', { organization })).toMatchObject({
      value: { data: [{ name: 'CI', last_four: secret.slice(-4) }] },
    });
  });

  it('revokes a key by its id, its prefix, or the whole key', async () => {
    for (const form of [
      (key: string) => key,
      (key: string) => key.split('.')[0] ?? '',
      (key: string) => key.slice(6, 33),
    ]) {
      const created = await run('keys.create', { organization, name: `short-lived ${String(form)}`.slice(0, 60) });
      const key = form(created.ok ? (created.value.key ?? '') : '');
      expect(await run('keys.revoke', { key })).toMatchObject({ value: { status: 'revoked', already_revoked: false } });
      expect(await run('keys.revoke', { key })).toMatchObject({ value: { status: 'revoked', already_revoked: true } });
    }
    expect(await run('keys.revoke', { key: 'nothing' })).toMatchObject({ error: { code: 'NOT_FOUND', param: 'key' } });
    expect((await actions()).filter(({ action }) => action === 'keys.revoke')).toHaveLength(6);
  });

  it('leaves nothing behind if its record cannot be written', async () => {
    await db.sql(`ALTER TABLE operator_actions ADD CONSTRAINT no_more CHECK (action <> 'credits.add') NOT VALID`);
    await expect(run('credits.add', { organization, amount: 5 })).rejects.toThrow('no_more');
    await db.sql('ALTER TABLE operator_actions DROP CONSTRAINT no_more');
    expect((await db.books(organization)).balance).toBe(1_000_000);
  });

  it('is recorded for good: actions cannot be changed or removed', async () => {
    await run('credits.add', { organization, amount: 5 });
    for (const change of [
      `UPDATE operator_actions SET action = 'x'`,
      'DELETE FROM operator_actions',
      'TRUNCATE operator_actions',
    ]) {
      await expect(db.sql(change)).rejects.toThrow('never changed or removed');
    }
  });

  it('lists the actions newest first, page by page in both directions', async () => {
    for (const amount of [1, 2, 3]) await run('credits.add', { organization, amount });
    const page = async (query: object) => {
      const found = await run('actions.list', { organization, limit: 2, ...query });
      if (!found.ok) throw new Error(found.error.message);
      const amounts = found.value.data.map(({ result }) => Reflect.get(result, 'amount') as number);
      return { ...found.value, data: amounts, ids: found.value.data.map(({ id }) => id) };
    };
    const first = await page({});
    expect(first).toMatchObject({ data: [3, 2], has_older: true, has_newer: false });
    const second = await page({ starting_after: first.ids[1] });
    expect(second).toMatchObject({ data: [1], has_older: false, has_newer: true });
    expect(await page({ ending_before: second.ids[0] })).toMatchObject({
      data: [3, 2],
      has_older: true,
      has_newer: false,
    });
  });
});
