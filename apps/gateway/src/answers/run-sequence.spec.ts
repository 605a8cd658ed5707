import { RunSequence } from './run-sequence.js';

describe('the sequence of reply messages', () => {
  it.each<[string, [number, number][], string[]]>([
    [
      'one run in order',
      [
        [1, 0],
        [1, 1],
        [1, 2],
      ],
      ['next', 'next', 'next'],
    ],
    [
      'a message twice',
      [
        [1, 0],
        [1, 0],
        [1, 1],
      ],
      ['next', 'stale', 'next'],
    ],
    [
      'a lost message',
      [
        [1, 0],
        [1, 2],
      ],
      ['next', 'gap'],
    ],
    ['a lost first message', [[1, 1]], ['gap']],
    [
      'a second run after the first',
      [
        [1, 0],
        [1, 1],
        [2, 0],
        [2, 1],
      ],
      ['next', 'next', 'restart', 'next'],
    ],
    [
      'the first run still speaking',
      [
        [1, 0],
        [2, 0],
        [1, 1],
        [2, 1],
      ],
      ['next', 'restart', 'stale', 'next'],
    ],
    [
      'a first run that said nothing',
      [
        [2, 0],
        [2, 1],
      ],
      ['next', 'next'],
    ],
    [
      'a second run without its beginning',
      [
        [1, 0],
        [2, 1],
      ],
      ['next', 'gap'],
    ],
  ])('%s', (_, messages, verdicts) => {
    const sequence = new RunSequence();
    expect(messages.map(([run, seq]) => sequence.judge({ run, seq }))).toEqual(verdicts);
  });
});
