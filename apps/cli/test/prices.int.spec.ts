import { migrateDatabase } from '@lumenfall/database';
import { filledDatabase, type FreshDatabase } from '@lumenfall/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommandLine } from '../src/command-line.js';
import { commandsFor } from '../src/commands.js';

const PRICES = `
prices:
  - model: kling-v3
    price:
      - { type: output, metric: second, when: { audio: off }, unit_price: '0.09' }
      - { type: output, metric: second, unit_price: '0.14' }
`;

describe('the price commands', () => {
  let fresh: FreshDatabase;
  let folder: string;
  beforeAll(async () => {
    fresh = await filledDatabase('migrated', (url) => migrateDatabase(url, { info: () => undefined }));
    folder = await mkdtemp(join(tmpdir(), 'prices-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
    await fresh.drop();
  });

  const run = (...args: string[]) => runCommandLine(args, commandsFor({ databaseUrl: fresh.url, user: 'ann' }));
  const asJson = async (...args: string[]) => JSON.parse((await run(...args, '--json')).text ?? 'null') as unknown;
  const file = async (text: string): Promise<string> => {
    const path = join(folder, 'prices.yaml');
    await writeFile(path, text);
    return path;
  };

  it('import a file, show what applies, and keep the earlier versions', async () => {
    expect(await asJson('prices', 'show', 'Kling 3.0')).toMatchObject({ prices: [{ valid_from: null }], coming: [] });
    const path = await file(PRICES);
    expect(await asJson('prices', 'import', path)).toMatchObject({ added: [{ model: 'kling-v3' }], unchanged: 0 });
    expect((await run('prices', 'import', path)).text).toBe('0 price versions added.\n1 unchanged.');
    expect(await asJson('actions', '--limit', '2')).toMatchObject({
      data: [
        { action: 'prices.import', source: 'cli', outcome: 'done', result: { unchanged: 1 } },
        { action: 'prices.import', parameters: { prices: [{ model: 'kling-v3' }] } },
      ],
    });
    expect((await run('prices', 'show', 'kling-v3')).text).toMatch(
      /imported, valid from .*\n.*0\.09\s+audio off\n.*0\.14/,
    );
    await run('prices', 'import', await file(PRICES.replace('0.14', '0.15')), '--valid-from', '2999-01-01');
    expect(await asJson('prices', 'show', 'kling-v3')).toMatchObject({
      prices: [{ imported_by: 'ann', lines: [{ unitPrice: '0.09' }, { unitPrice: '0.14' }] }],
      coming: [{ valid_from: '2999-01-01T00:00:00.000Z', lines: [{}, { unitPrice: '0.15' }] }],
    });
    expect(await asJson('prices', 'history', 'kling-v3')).toMatchObject({ imported: [{}, {}], charged: [] });
    const { text } = await run('prices', 'list');
    expect(text).toMatch(/kling-v3 .* imported, valid from/);
    expect(text).toMatch(/sora-2 .* catalog/);
  });

  it.each([
    [PRICES.replace("'0.14'", '0.14'), 'prices.yaml:6: prices.0.price.1.unit_price: '],
    [
      PRICES.replace('audio: off', 'audio: loud'),
      "prices.yaml:5: prices.0.price.0.when.audio: 'audio' must be one of on, off",
    ],
    [PRICES.replace('kling-v3', 'klang-v3'), "Did you mean 'kling-v3'?"],
  ])('refuse a mistake in one line with file, line and field', async (text, message) => {
    const { code, error } = await run('prices', 'import', await file(text));
    expect(code).toBe(2);
    expect(error).toContain(message);
    expect(error).not.toContain('\n');
  });

  it('refuse a start in the past, an unreadable file, and an unknown model', async () => {
    const path = await file(PRICES.replace('0.14', '0.16'));
    expect(await run('prices', 'import', path, '--valid-from', '2020-01-01')).toMatchObject({ code: 2 });
    expect(await run('prices', 'import', path, '--valid-from', 'soon')).toMatchObject({ code: 2 });
    expect(await run('prices', 'import', `${folder}/none.yaml`)).toMatchObject({ code: 1 });
    expect(await run('prices', 'show', 'klang-v3')).toMatchObject({ code: 3 });
  });
});
