import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { apiKeyStore, organizationStore } from '@lumenfall/accounts';
import { openClient } from '@lumenfall/database';
import { micros } from '@lumenfall/money';
import { unwrap } from '@lumenfall/service-kit';
import pg from 'pg';
import sharp from 'sharp';
import { endedRequest, eventually } from './account.js';
import { readRunning, startOwnStack, type StackAddress } from './own-stack.js';
import { Stack } from './stacks.js';

/** In every prompt, text and metadata that the test sends. */
const MARKER = `marker-${process.pid}-prompt`;
const PROVIDER_KEY = `sk-or-${process.pid}-of-the-provider`;
const SCHEMAS = `n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'`;

/** In a prompt: the provider fails and quotes the whole request in its error, key and prompt included. */
const QUOTE = '[quote]';

/** Providers that pass every other request on to the sandbox, whose address is known only once the stack runs. */
function startProviders(sandboxUrl: () => string | null | undefined): Promise<Server> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(pieces);
      if (body.includes(QUOTE)) {
        const message = `bad: ${JSON.stringify(request.headers)} ${body.toString()}`;
        response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message } }));
        return;
      }
      const { method = 'GET', url = '/', headers } = request;
      const base = sandboxUrl();
      if (!base) return void response.writeHead(503).end();
      const passed = forward(`${base}${url}`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      passed.on('error', () => response.destroy());
      passed.end(body);
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

describe('prompts and keys', () => {
  let provider: Server;
  let started: { address: StackAddress; close(): Promise<void> } | undefined;
  let stack: Stack;
  const ids: string[] = [];

  beforeAll(async () => {
    provider = await startProviders(() => readRunning(started?.address.home ?? '')?.addresses?.['sandbox']);
    const providerUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
    const real = (name: string) => ({
      [`${name.toUpperCase()}_API_KEY`]: PROVIDER_KEY,
      [`${name.toUpperCase()}_BASE_URL`]: `${providerUrl}/${name}`,
    });
    const variables = { LOG_LEVEL: 'trace', ...real('openrouter'), ...real('openai'), ...real('gemini') };
    started = await startOwnStack('privacy', variables);
    // The start prints the key of the first organization: this one is known to the test alone.
    const client = openClient(databases().lumenfall, { maxConnections: 1 });
    const grantMicros = micros(100_000_000);
    const { id } = await organizationStore(client).ensure({ slug: 'private', name: 'Private', grantMicros });
    stack = new Stack(started.address).as(unwrap(await apiKeyStore(client).create(id, 'private')).key);
    await client.$disconnect();
  }, 120_000);
  afterAll(async () => {
    await started?.close();
    provider?.close();
  });

  function databases(): { lumenfall: string; queue: string } {
    const lumenfall = readRunning(started?.address.home ?? '')?.databaseUrl ?? '';
    return { lumenfall, queue: lumenfall.replace(/\/[^/]*$/, '/lumenfall_queue') };
  }

  /** The tables of both databases that have the text in any column. */
  async function tablesWith(text: string): Promise<string[]> {
    const found: string[] = [];
    for (const [name, url] of Object.entries(databases())) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const { rows } = await client.query<{ name: string }>(
        `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND ${SCHEMAS}`,
      );
      expect(rows.length).toBeGreaterThan(3);
      for (const table of rows) {
        const hits = await client.query(`SELECT 1 FROM ${table.name} AS t WHERE strpos(t::text, $1) > 0 LIMIT 1`, [
          text,
        ]);
        if (hits.rows.length > 0) found.push(`${name}: ${table.name}`);
      }
      await client.end();
    }
    return found;
  }

  const logs = (): string => readFileSync(`${started?.address.home}.log`, 'utf8');

  async function send(path: string, body: unknown, status?: number): Promise<string> {
    const headers = new Headers(body instanceof FormData ? [] : [['content-type', 'application/json']]);
    const answer = await stack.request(path, { method: 'POST', body, headers });
    const text = await answer.text();
    if (status !== undefined && answer.status !== status) throw new Error(`${path}: ${answer.status} ${text}`);
    const id = answer.headers.get('x-lumenfall-request-id') ?? '';
    ids.push(id);
    return id;
  }

  /** Chats, images and videos that succeed, fail and are refused. */
  async function everyKindOfRequest(): Promise<string> {
    const chat = (content: unknown, more: object = {}) => ({
      model: 'openai/gpt-5.4-mini',
      messages: [{ role: 'user', content }],
      ...more,
    });
    const CHATS = '/openai/v1/chat/completions';
    await send(CHATS, chat(`Hello ${MARKER}`), 200);
    await send(CHATS, chat(`Hello ${MARKER}`, { stream: true }), 200);
    await send(CHATS, chat(`Hello ${MARKER} [sandbox status=500]`), 502);
    await send(CHATS, chat(`Hello ${MARKER} ${QUOTE}`), 502);
    await send(CHATS, chat(`Hello ${MARKER} [sandbox moderation]`, { stream: true }));
    await send(CHATS, chat({ text: MARKER }), 400);
    await send(CHATS, chat(MARKER, { model: 'none' }), 404);
    await send(CHATS, `{"messages": "${MARKER}`, 400);
    const image = { model: 'gemini-3-pro-image', prompt: `A lighthouse ${MARKER}` };
    await send('/openai/v1/images/generations', image, 200);
    await send('/openai/v1/images/generations', { ...image, prompt: `${MARKER} [sandbox status=500]` }, 502);
    await send('/openai/v1/images/generations', { ...image, prompt: `${MARKER} ${QUOTE}` }, 502);
    await send('/openai/v1/images/generations', { ...image, n: MARKER }, 400);
    const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#246' } })
      .png()
      .toBuffer();
    const form = new FormData();
    form.append('model', 'gemini-3-pro-image');
    form.append('prompt', `At night ${MARKER}`);
    form.append('image', new Blob([new Uint8Array(png)]), `${MARKER}.png`);
    await send('/openai/v1/images/edits', form, 200);
    const video = { model: 'sora-2', prompt: `Waves ${MARKER}`, seconds: '4', metadata: { note: MARKER } };
    await send('/openai/v1/videos', { ...video, size: MARKER }, 400);
    await send('/openai/v1/videos', { ...video, prompt: `${MARKER} [sandbox fail]` }, 202);
    await send('/openai/v1/videos', { ...video, prompt: `${MARKER} ${QUOTE}` }, 202);
    return send('/openai/v1/videos', video, 202);
  }

  it('are in no log and no table once the media are gone, whatever became of the requests', async () => {
    const videoId = await everyKindOfRequest();
    await eventually(
      () => stack.get<{ status: string }>(`/openai/v1/videos/${videoId}`),
      ({ status }) => status === 'completed' || status === 'failed',
    );
    for (const id of ids) await endedRequest(stack, id);

    // Kept until the media expire: a video shows its prompt, a repeated image request gets its answer again. And the
    // messages of providers are kept, in which one may quote a prompt.
    const kept = ['videos', 'image_runs', 'attempts', 'requests'].map((name) => `lumenfall: public.${name}`);
    expect((await tablesWith(MARKER)).filter((table) => !kept.includes(table))).toEqual([]);
    for (const id of ids) {
      const purge = await stack.request(`/v1/requests/${id}/payloads`, { method: 'DELETE' });
      expect([id, purge.status]).toEqual([id, 200]);
    }
    expect(await tablesWith(MARKER)).toEqual([]);
    const secret = stack.apiKey.split('.')[1] ?? '';
    expect(await tablesWith(secret)).toEqual([]);
    expect(await tablesWith(PROVIDER_KEY)).toEqual([]);

    const lines = logs().split('\n');
    expect(lines.length).toBeGreaterThan(20);
    for (const text of [MARKER, secret, PROVIDER_KEY])
      expect(lines.filter((line) => line.includes(text)).slice(0, 3)).toEqual([]);
  }, 120_000);
});
