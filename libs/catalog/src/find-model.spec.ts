import { PROVIDER_SLUGS } from '@lumenfall/contracts';
import { findModel } from './find-model.js';
import { loadCatalog } from './index.js';

const catalog = loadCatalog();

describe('a forced provider', () => {
  it.each(['gemini-3-pro-image', 'gemini-3-pro-image-preview', 'nano-banana-pro', 'Nano Banana Pro'])(
    'is accepted as prefix of %s only if it offers the model',
    (name) => {
      for (const provider of PROVIDER_SLUGS) {
        const found = findModel(catalog, `${provider}/${name}`);
        if (['vertex', 'gemini', 'fal', 'replicate'].includes(provider)) {
          expect(found).toMatchObject({ value: { entry: { id: 'gemini-3-pro-image' }, forcedProvider: provider } });
        } else expect(found).toMatchObject({ error: { code: 'MODEL_NOT_FOUND' } });
      }
    },
  );

  it('a model named like `<provider>/<model>` wins over a forced provider', () => {
    expect(findModel(catalog, 'openai/gpt-5.4-mini')).toMatchObject({ value: { forcedProvider: null } });
    expect(findModel(catalog, 'openai/openai/gpt-5.4-mini')).toMatchObject({ value: { forcedProvider: 'openai' } });
  });
});
