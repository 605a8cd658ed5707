import { BoundedMap } from './bounded-map.js';

describe('a bounded map', () => {
  it('forgets what was used longest ago', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.get('a');
    map.set('c', 3);
    expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([1, undefined, 3, 2]);
  });

  it('goes by weight where told how, and keeps at least the newest', () => {
    const map = new BoundedMap<string, string>(5, (value) => value.length);
    map.set('a', '123');
    map.set('b', '12');
    map.set('b', '1234');
    expect([map.get('a'), map.get('b')]).toEqual([undefined, '1234']);
    map.set('c', '1234567');
    expect([map.get('b'), map.get('c')]).toEqual([undefined, '1234567']);
    expect(map.delete('c')).toBe(true);
    expect([map.delete('c'), map.size]).toEqual([false, 0]);
  });
});
