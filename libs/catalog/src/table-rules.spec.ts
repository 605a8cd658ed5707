import { problemsOfTable } from './table-rules.js';

describe('problemsOfTable', () => {
  const price = [{ metric: 'image' }];

  it.each<[string, Record<string, unknown>, string, RegExp]>([
    ['an unknown parameter', { aspect_ration: { nearest: ['1:1'] } }, '', /aspect_ration/],
    ['an unknown word', { n: 'pass' }, 'n', /passed|Invalid/],
    ['an unknown key of a rule', { n: { name: 'num_images' } }, 'n', /name/],
    ['an empty list', { aspect_ratio: { nearest: [] } }, 'aspect_ratio.nearest', /./],
    ['a field name with a space', { n: { as: 'num images' } }, 'n.as', /field name/],
    ['a number for a text', { max_n: 0 }, 'max_n', /./],
    ['no line for the image to work on', { n: 'passed' }, '', /for 'upscale' needs a line for 'image'/],
    [
      'several images of a call that asks for one',
      { image: {}, scale_factor: 'passed', max_n: 4 },
      'max_n',
      /line for 'n'/,
    ],
    [
      'more images of a call than it asks for',
      { image: {}, scale_factor: 'passed', n: { max: 2 }, max_n: 4 },
      'max_n',
      /sends at most 2/,
    ],
    ['no line for the factor', { image: {} }, '', /needs a line for 'scale_factor'/],
    [
      'images of which one is sent',
      { image: {}, scale_factor: 'passed', max_inputs: 2 },
      'max_inputs',
      /sends one image/,
    ],
    [
      'more images than the model takes',
      { image: { send: 'many' }, scale_factor: 'passed', max_inputs: 2 },
      'max_inputs',
      /supports 1 input images/,
    ],
    [
      'a ratio that is none',
      { image: {}, scale_factor: 'passed', aspect_ratio: { nearest: ['1:1', 'wide'] } },
      'aspect_ratio.nearest',
      /'wide' is not a W:H/,
    ],
    [
      'a tier that is none',
      { image: {}, scale_factor: 'passed', resolution: { nearest: { '1 MP': '1 MP' } } },
      'resolution.nearest',
      /'1 MP' is not a tier/,
    ],
    [
      'a default that is none of the sizes',
      { image: {}, scale_factor: 'passed', size: { nearest: ['512x512'], default: '1024x1024' } },
      'size.default',
      /one of the sizes/,
    ],
    [
      'sides of what has none',
      { image: {}, scale_factor: 'passed', size: { nearest: { '1:1': 'square' }, pixels: 'sides' } },
      'size.pixels',
      /the form WIDTHxHEIGHT/,
    ],
    ['a unit without a price', { billed_by: 'megapixel' }, 'billed_by', /no price line has the metric 'megapixel'/],
  ])('reports %s', (_what, parameters, path, message) => {
    const [problem] = problemsOfTable({
      parameters: { ...parameters },
      price,
      modes: ['text-to-image', 'upscale'],
      most: 1,
    });
    expect(problem?.path.join('.')).toBe(path);
    expect(problem?.message).toMatch(message);
  });

  it('reports nothing for a valid table', () => {
    const parameters = { n: 'passed', image: { send: 'many' }, billed_by: 'image', max_n: 4 };
    expect(problemsOfTable({ parameters, price, modes: ['image-edit'], most: 3 })).toEqual([]);
  });
});
