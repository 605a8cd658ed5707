import type { Logger } from '@lumenfall/service-kit';
import { eventually, pause } from '@lumenfall/testing';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { LiveCatalog } from '../src/models/live-catalog.js';
import { modelFile } from './model-file.js';

interface Line {
  level: number;
  msg: string;
  added?: string[];
  removed?: string[];
  changed?: string[];
}

describe('a live catalog', () => {
  let folder: string;
  let catalog: LiveCatalog;
  let lines: Line[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'catalog-'));
    await writeFile(join(folder, 'a.yaml'), modelFile('a'));
    lines = [];
    const log: Logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as Line) });
    catalog = new LiveCatalog(folder, log);
  });
  afterEach(async () => {
    await catalog.close();
    await rm(folder, { recursive: true, force: true });
  });

  const has = (id: string): boolean => catalog.current().byName.has(id);
  const nameOf = (id: string): string | undefined => catalog.current().byName.get(id)?.name;

  it('reads files that are written, changed and removed, and logs their models', async () => {
    await writeFile(join(folder, 'b.yaml'), modelFile('b'));
    await eventually(() => has('b'));
    await writeFile(join(folder, 'b.yaml'), modelFile('b', { name: 'B two' }));
    await eventually(() => nameOf('b') === 'B two');
    await rm(join(folder, 'a.yaml'));
    await eventually(() => !has('a'));
    const logged = lines.map(({ added, removed, changed }) => ({ added, removed, changed }));
    expect(logged).toEqual([
      { added: ['b'], removed: [], changed: [] },
      { added: [], removed: [], changed: ['b'] },
      { added: [], removed: ['a'], changed: [] },
    ]);
  });

  it('sees a file that an editor puts in the place of another', async () => {
    for (const name of ['First', 'Second']) {
      await writeFile(join(folder, '.a.yaml.new'), modelFile('a', { name }));
      await rename(join(folder, '.a.yaml.new'), join(folder, 'a.yaml'));
      await eventually(() => nameOf('a') === name);
    }
  });

  it('keeps what it has while a file is wrong, and says so once, with file and line', async () => {
    await writeFile(join(folder, 'a.yaml'), modelFile('a').replace('modality: text', 'modality: smell'));
    await eventually(() => lines.length === 1);
    await writeFile(join(folder, 'note.txt'), 'something else happens in the folder');
    await pause(500);
    expect(nameOf('a')).toBe('a');
    expect(lines).toMatchObject([{ level: 50, msg: expect.stringContaining(`${folder}/a.yaml:6: modality: `) }]);
    expect(lines[0]?.msg).not.toContain('\n');
    await writeFile(join(folder, 'a.yaml'), modelFile('a', { name: 'Mended' }));
    await eventually(() => nameOf('a') === 'Mended');
  });

  it('keeps what it has while its folder is gone, and watches the one that comes in its place', async () => {
    await rename(folder, `${folder}-moved`);
    await eventually(() => lines.some(({ msg }) => msg.includes(`No folder of model files at ${folder}`)));
    expect(has('a')).toBe(true);
    await mkdir(folder);
    await writeFile(join(folder, 'c.yaml'), modelFile('c'));
    await eventually(() => has('c'));
    expect(has('a')).toBe(false);
    await writeFile(join(folder, 'd.yaml'), modelFile('d'));
    await eventually(() => has('d'));
    await rm(`${folder}-moved`, { recursive: true });
  });

  it('logs a reload on request even if nothing changed', () => {
    catalog.reload();
    expect(lines).toMatchObject([{ level: 30, msg: 'the catalog is unchanged' }]);
  });

  it('keeps OpenRouter’s list beneath the files', async () => {
    const listed = {
      name: 'Listed',
      description: '',
      created: 0,
      inputs: ['text' as const],
      tools: true,
      contextWindow: 1,
    };
    catalog.list([
      { ...listed, id: 'x/listed', price: [] },
      { ...listed, id: 'x/both', price: [] },
    ]);
    expect([nameOf('x/listed'), nameOf('x/both')]).toEqual(['Listed', 'Listed']);
    await writeFile(join(folder, 'both.yaml'), modelFile('x/both', { name: 'From a file' }));
    await eventually(() => nameOf('x/both') === 'From a file');
    expect(nameOf('x/listed')).toBe('Listed');
  });

  it('does not start with files that are wrong', async () => {
    await writeFile(join(folder, 'b.yaml'), 'id: b\nname: [');
    expect(() => new LiveCatalog(folder, pino({ level: 'silent' }))).toThrow(`${folder}/b.yaml:2: `);
    expect(() => new LiveCatalog(`${folder}/nowhere`, pino({ level: 'silent' }))).toThrow('(CATALOG_DIR)');
  });
});
