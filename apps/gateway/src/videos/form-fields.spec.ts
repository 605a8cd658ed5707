import { foldForm, type FormEntry } from './form-fields.js';

const fields = (...pairs: [string, string][]): FormEntry[] =>
  pairs.map(([name, value]) => ({ name, value, isFile: false }));
const url = 'https://example.com/a.png';

describe('a video form', () => {
  it.each<[string, FormEntry[], unknown]>([
    [
      'numbers stay text where the schema reads them',
      fields(['model', 'sora-2'], ['seconds', '4'], ['n', '1']),
      { model: 'sora-2', seconds: '4', n: '1' },
    ],
    [
      'unknown numbers and booleans become themselves',
      fields(['seed', '42'], ['generate_audio', 'true'], ['cfg_scale', '0.5'], ['tag', '007']),
      { seed: 42, generate_audio: true, cfg_scale: 0.5, tag: '007' },
    ],
    ['a prompt that is a number stays a prompt', fields(['prompt', '42']), { prompt: '42' }],
    ['a reference by address', fields(['input_reference', url]), { input_reference: { image_url: url } }],
    ['a reference as an object', fields(['input_reference[image_url]', url]), { input_reference: { image_url: url } }],
    [
      'references as a list of objects',
      fields(['input_reference[][image_url]', url], ['input_reference[][image_url]', 'b']),
      { input_reference: [{ image_url: url }, { image_url: 'b' }] },
    ],
    [
      'references by number',
      fields(['input_reference[0]', 'a'], ['input_reference[1]', 'b']),
      { input_reference: [{ image_url: 'a' }, { image_url: 'b' }] },
    ],
    [
      'repeated references',
      fields(['input_reference', 'a'], ['input_reference', 'b']),
      { input_reference: [{ image_url: 'a' }, { image_url: 'b' }] },
    ],
    [
      'metadata by key',
      fields(['metadata[order]', '7'], ['metadata[who]', 'me']),
      { metadata: { order: '7', who: 'me' } },
    ],
    ['metadata as JSON', fields(['metadata', '{"order":"7"}']), { metadata: { order: '7' } }],
    ['lists', fields(['tags[]', 'a'], ['tags[]', 'b'], ['x', '1'], ['x', '2']), { tags: ['a', 'b'], x: [1, 2] }],
  ])('%s', (_, entries, body) => expect(foldForm(entries)).toEqual(body));
});
