import { countOf, isRecord, numberOf, textOf, tokensOf } from './fields.js';

describe('the readers of single JSON fields', () => {
  it.each<[unknown, number | null]>([
    [12, 12],
    [0, 0],
    ['12', 12],
    [' 12 ', 12],
    [12.4, 12],
    ['12.5', 13],
    [-1, null],
    ['', null],
    ['many', null],
    [null, null],
    [true, null],
    [Number.NaN, null],
    [1e300, null],
  ])('tokensOf(%j) is %p', (value, tokens) => expect(tokensOf(value)).toBe(tokens));

  it('numberOf keeps fractions', () => expect([numberOf('0.02'), numberOf(0.5)]).toEqual([0.02, 0.5]));

  it('countOf takes whole numbers only', () =>
    expect([countOf(3), countOf(3.5), countOf('3')]).toEqual([3, null, null]));

  it('textOf takes texts that are not empty', () =>
    expect([textOf('a'), textOf(''), textOf(1)]).toEqual(['a', null, null]));

  it('isRecord takes objects that are not lists', () =>
    expect([isRecord({}), isRecord([]), isRecord(null)]).toEqual([true, false, false]));
});
