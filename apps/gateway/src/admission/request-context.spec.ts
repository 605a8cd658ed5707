import { traceIdOf } from './request-context.js';

it.each([
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', '4bf92f3577b34da6a3ce929d0e0e4736'],
  ['00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01', '4bf92f3577b34da6a3ce929d0e0e4736'],
  ['00-00000000000000000000000000000000-00f067aa0ba902b7-01', null],
  ['nonsense', null],
  ['', null],
  [null, null],
])('the trace id of %p is %p', (header, id) => expect(traceIdOf(header)).toBe(id));
