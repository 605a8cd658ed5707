import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CatalogError, loadCatalog, modelSchemaOf, parseCatalog } from './index.js';

const guide = readFileSync(fileURLToPath(new URL('../../../docs/catalog.md', import.meta.url)), 'utf8');
const [whole = '', switchedOff = ''] = [...guide.matchAll(/^( *)```yaml\n(.*?)^\1```/gms)].map(
  ([, indent = '', text = '']) => text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
);

describe('docs/catalog.md', () => {
  it('docs/catalog.md shows a valid model file', () => {
    const [entry] = parseCatalog([{ name: 'northlight.yaml', text: whole }]).models;
    expect(entry).toMatchObject({ id: 'northlight-1', status: 'active', offerings: [{ weight: 70 }, { weight: 30 }] });
    if (entry) expect(Object.keys(modelSchemaOf(entry).properties)).toContain('guidance_scale');
  });

  it('docs/catalog.md marks exactly the required fields', () => {
    const marked = [...whole.matchAll(/^(\w+):.*# \*/gm)].map(([, name = '']) => name).sort();
    expect(marked).toEqual(
      ['created', 'creator', 'description', 'id', 'image', 'modality', 'modes', 'name', 'offerings'].sort(),
    );
    // Each of them is a whole block, up to the next line that is not indented.
    for (const name of [...whole.matchAll(/^(\w+):/gm)].map(([, key = '']) => key)) {
      const without = whole.replace(new RegExp(`^${name}:.*\\n(?:[ #].*\\n|\\n)*`, 'm'), '');
      const parse = () => parseCatalog([{ name: 'x.yaml', text: without }]);
      if (marked.includes(name)) expect(parse).toThrow(CatalogError);
      else expect(parse).not.toThrow();
    }
  });

  it('docs/catalog.md shows how to disable a shipped model', () => {
    const files = [{ name: 'kling.yaml', text: whole.replace('northlight-1', 'kling-v3') }];
    expect(loadCatalog().byName.has('kling-v3')).toBe(true);
    expect(parseCatalog(files, [{ name: 'off.yaml', text: switchedOff }]).models).toMatchObject([
      { status: 'disabled' },
    ]);
  });
});
