import { newRequestId } from '@lumenfall/contracts';
import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import { payloadStore, type PayloadStore } from './index.js';

describe('the payload store', () => {
  let db: MigratedDatabase<Client>;
  let payloads: PayloadStore;
  let organizationId: string;
  beforeAll(async () => {
    db = await migratedDatabase(migrateDatabase, openClient);
    payloads = payloadStore(db.client);
    organizationId = await db.organization(1);
  });
  afterAll(() => db.close());

  async function kept(body: unknown = { prompt: 'a cat' }): Promise<string> {
    const requestId = newRequestId();
    await payloads.keepRequest({ requestId, organizationId, retention: '7d' }, body);
    return requestId;
  }
  const record = (requestId: string, status: string) =>
    db.sql(`INSERT INTO requests (id, organization_id, status, created_at) VALUES ($1, $2, $3, now())`, [
      requestId,
      organizationId,
      status,
    ]);

  it('keeps the bodies of a request for seven days, for its own organization only', async () => {
    const requestId = await kept();
    await payloads.keepResponse(requestId, { text: 'nul \0 and half a pair \ud800' });
    const found = await payloads.find(organizationId, requestId);
    expect(found).toMatchObject({
      request: { json: { prompt: 'a cat' } },
      response: { json: { text: expect.stringContaining('half a pair') } },
    });
    const days = ((found?.expiresAt.getTime() ?? 0) - Date.now()) / 86_400_000;
    expect(Math.round(days * 100)).toBe(700);
    expect(await payloads.find('org_other', requestId)).toBeNull();
  });

  it('keeps the beginning of a body that is too long', async () => {
    const requestId = await kept({ prompt: 'é'.repeat(600_000) });
    const found = await payloads.find(organizationId, requestId);
    const text = found?.request !== null && found?.request && 'text' in found.request ? found.request.text : '';
    expect([text.slice(0, 12), Buffer.byteLength(text)]).toEqual(['{"prompt":"é', expect.closeTo(512 * 1024, -1)]);
  });

  it('deletes expired bodies and keeps the note that a request was purged', async () => {
    const [expired, purged, current] = [await kept(), await kept(), await kept()];
    await payloads.openPurge(organizationId, purged);
    await db.sql(`UPDATE payloads SET expires_at = now() - interval '1 second' WHERE request_id = $1`, [expired]);
    expect(await payloads.find(organizationId, expired)).toBeNull();
    expect(await payloads.sweep()).toBe(1);
    expect(await db.sql('SELECT 1 FROM payloads WHERE request_id = $1', [expired])).toEqual([]);
    expect(await payloads.find(organizationId, current)).not.toBeNull();
    expect(await payloads.openPurge(organizationId, purged)).toEqual({ alreadyPurged: true });
  });

  it('stores nothing that arrives after the purge, whatever arrives first', async () => {
    const requestId = newRequestId();
    await record(requestId, 'processing');
    await payloads.openPurge(organizationId, requestId);
    await payloads.keepRequest({ requestId, organizationId, retention: '30d' }, { late: true });
    await payloads.keepResponse(requestId, { late: true });
    expect(await payloads.find(organizationId, requestId)).toBeNull();

    for (let race = 0; race < 20; race += 1) {
      const raced = await kept();
      await Promise.all([
        payloads.keepResponse(raced, { late: true }),
        payloads.openPurge(organizationId, raced),
        payloads.keepResponse(raced, { late: true }),
      ]);
      expect(await payloads.find(organizationId, raced)).toBeNull();
    }
  });

  it('knows only the requests of the organization', async () => {
    const requestId = await kept();
    expect(await payloads.openPurge('org_other', requestId)).toBeNull();
    expect(await payloads.openPurge(organizationId, newRequestId())).toBeNull();
    expect(await payloads.find(organizationId, requestId)).not.toBeNull();
  });

  it('keeps a purge open until it is closed, and deletes the messages of the providers', async () => {
    const requestId = await kept();
    await record(requestId, 'processing');
    await db.sql(
      `INSERT INTO attempts (request_id, position, provider, executed_model, status, message, duration_ms)
       VALUES ($1, 0, 'fal', 'fal/x', 'failed', 'refused: a cat', 1)`,
      [requestId],
    );
    await payloads.openPurge(organizationId, requestId);
    expect(await payloads.openPurges(100)).not.toContainEqual({ requestId, organizationId });
    expect(await payloads.hasEnded(requestId)).toBe(false);
    await db.sql(`UPDATE requests SET status = 'upstream_failure', error_message = 'refused: a cat' WHERE id = $1`, [
      requestId,
    ]);
    expect(await payloads.openPurges(100)).toContainEqual({ requestId, organizationId });
    expect(await payloads.hasEnded(requestId)).toBe(true);
    await payloads.closePurge(requestId);
    expect(await payloads.openPurges(100)).not.toContainEqual({ requestId, organizationId });
    const messages = 'SELECT message, error_message FROM attempts JOIN requests ON id = request_id WHERE id = $1';
    expect(await db.sql(messages, [requestId])).toEqual([{ message: null, error_message: null }]);
  });

  it('gives up waiting for a request that never reached the history', async () => {
    const requestId = await kept();
    await payloads.openPurge(organizationId, requestId);
    expect(await payloads.hasEnded(requestId)).toBe(false);
    await db.sql(`UPDATE payloads SET purge_open_since = now() - interval '4 hours' WHERE request_id = $1`, [
      requestId,
    ]);
    expect(await payloads.hasEnded(requestId)).toBe(true);
  });
});
