import { foldForm, type FormEntry } from './read-video.js';

const fields = (...pairs: [string, string][]): FormEntry[] => pairs.map(([name, value]) => ({ name, value }));
const url = 'https://example.com/a.png';

describe('foldForm', () => {
  it.each<[string, FormEntry[], unknown]>([
    [
      'keeps numbers as text if the schema converts them',
      fields(['model', 'sora-2'], ['seconds', '4'], ['n', '1']),
      { model: 'sora-2', seconds: '4', n: '1' },
    ],
    [
      'converts unknown numbers and booleans',
      fields(['seed', '42'], ['generate_audio', 'true'], ['cfg_scale', '0.5'], ['tag', '007']),
      { seed: 42, generate_audio: true, cfg_scale: 0.5, tag: '007' },
    ],
    ['keeps a numeric prompt as text', fields(['prompt', '42']), { prompt: '42' }],
    ['reads a reference by address', fields(['input_reference', url]), { input_reference: { image_url: url } }],
    [
      'reads a reference as an object',
      fields(['input_reference[image_url]', url]),
      { input_reference: { image_url: url } },
    ],
    [
      'reads references as a list of objects',
      fields(['input_reference[][image_url]', url], ['input_reference[][image_url]', 'b']),
      { input_reference: [{ image_url: url }, { image_url: 'b' }] },
    ],
    [
      'reads references by index',
      fields(['input_reference[0]', 'a'], ['input_reference[1]', 'b']),
      { input_reference: [{ image_url: 'a' }, { image_url: 'b' }] },
    ],
    [
      'reads repeated references',
      fields(['input_reference', 'a'], ['input_reference', 'b']),
      { input_reference: [{ image_url: 'a' }, { image_url: 'b' }] },
    ],
    [
      'reads metadata by key',
      fields(['metadata[order]', '7'], ['metadata[who]', 'me']),
      { metadata: { order: '7', who: 'me' } },
    ],
    ['reads metadata as JSON', fields(['metadata', '{"order":"7"}']), { metadata: { order: '7' } }],
    ['reads lists', fields(['tags[]', 'a'], ['tags[]', 'b'], ['x', '1'], ['x', '2']), { tags: ['a', 'b'], x: [1, 2] }],
  ])('%s', (_, entries, body) => expect(foldForm(entries)).toEqual(body));
});
