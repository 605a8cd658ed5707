import { NO_RULES } from '@lumenfall/contracts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changesBetween, listModels, loadCatalog, parseCatalog, type Catalog } from './index.js';

const file = (id: string, more = '') => ({
  name: `${id}.yaml`,
  text: `id: ${id}
name: Model ${id}
description: For tests.
creator: someone
created: 2026-01-01
modality: text
modes: [chat]
text: { inputs: [text] }
offerings:
  - { provider: openai, model: x, price: [{ type: input, metric: token, unit_price: '1' }, { type: output, metric: token, unit_price: '1' }] }
${more}`,
});
const idsOf = ({ models }: Catalog) => models.map(({ id }) => id);

describe('the operator’s catalog files', () => {
  const shipped = [file('a', 'aliases: [first]'), file('b')];

  it('replace the shipped model with their id, and add new models', () => {
    const catalog = parseCatalog(shipped, [file('a', 'tags: [mine]'), file('c')]);
    expect(idsOf(catalog)).toEqual(['a', 'b', 'c']);
    expect(catalog.byName.get('a')).toMatchObject({ tags: ['mine'], aliases: [] });
    expect(catalog.byName.has('first')).toBe(false);
  });

  it('disable a shipped model with two lines', () => {
    const catalog = parseCatalog(shipped, [{ name: 'off.yaml', text: 'id: a\nstatus: disabled\n' }]);
    expect(listModels(catalog, NO_RULES).map(({ id }) => id)).toEqual(['b']);
    expect(catalog.byName.get('first')?.status).toBe('disabled');
  });

  it.each([
    [
      'two files of one id',
      [file('c'), { ...file('c'), name: 'd.yaml' }],
      "d.yaml:1: 'c' is already a name of the model 'c'.",
    ],
    [
      'a name that a shipped model has',
      [file('c', 'aliases: [first]')],
      "c.yaml:11: 'first' is already a name of the model 'a'.",
    ],
    [
      'a model switched off that is not shipped',
      [{ name: 'off.yaml', text: 'id: z\nstatus: disabled' }],
      /^off\.yaml:1: name: /,
    ],
  ])('are refused for %s', (_, own, message) => expect(() => parseCatalog(shipped, own)).toThrow(message));

  it('may be in an empty folder, but not in a missing one', () => {
    const folder = mkdtempSync(join(tmpdir(), 'catalog-'));
    const all = idsOf(loadCatalog());
    expect(idsOf(loadCatalog(folder))).toEqual(all);
    writeFileSync(join(folder, 'mine.yml'), file('mine').text);
    writeFileSync(join(folder, '.mine.yml.swp'), 'rubbish');
    writeFileSync(join(folder, 'README.md'), 'rubbish');
    expect(idsOf(loadCatalog(folder))).toEqual([...all, 'mine'].sort());
    writeFileSync(join(folder, 'mine.yml'), 'id: Mine');
    expect(() => loadCatalog(folder)).toThrow(`${folder}/mine.yml:1: id: `);
    rmSync(folder, { recursive: true });
    expect(() => loadCatalog(folder)).toThrow(`No folder of model files at ${folder} (CATALOG_DIR).`);
  });
});

describe('the names of a model', () => {
  const catalog = parseCatalog([file('a', 'alternative_names: [The First]'), file('b')]);

  it('are its id, aliases, alternative names and display name', () => {
    expect(['a', 'The First', 'Model a', 'the first'].map((name) => catalog.byName.get(name)?.id)).toEqual([
      'a',
      'a',
      'a',
      undefined,
    ]);
  });

  it('exclude a display name that two models share', () => {
    const twins = parseCatalog([file('a'), { ...file('b'), text: file('b').text.replace('Model b', 'Model a') }]);
    expect(twins.byName.has('Model a')).toBe(false);
  });
});

it('changesBetween lists the ids that a reload changed', () => {
  const before = parseCatalog([file('a'), file('b'), file('c')]);
  expect(changesBetween(before, parseCatalog([file('a'), file('b', 'tags: [x]'), file('d')]))).toEqual({
    added: ['d'],
    removed: ['c'],
    changed: ['b'],
  });
  expect(changesBetween(before, parseCatalog([file('c'), file('b'), file('a')]))).toBeNull();
});
