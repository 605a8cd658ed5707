import { storable } from './storable.js';

describe('text that PostgreSQL cannot keep', () => {
  it('is replaced in every place', () => {
    expect(storable({ a: ['x\0y', { 'k\0': '\ud800!' }], n: 1, nothing: null })).toEqual({
      a: ['x\uFFFDy', { 'k\uFFFD': '\uFFFD!' }],
      n: 1,
      nothing: null,
    });
  });

  it('leaves everything else as it is, surrogate pairs too', () => {
    const value = { text: 'naïve 😀 \\u0000 \n', list: [1, true, null] };
    expect(storable(value)).toEqual(value);
    expect(storable(null)).toBeNull();
    expect(storable(undefined)).toBeUndefined();
  });
});
