import { formatLogLine, prefixer } from './log-lines.mjs';

describe('a log line for a person', () => {
  it('shows time, level, message and fields of a JSON entry', () => {
    const line = JSON.stringify({
      level: 30,
      time: 0,
      pid: 7,
      hostname: 'h',
      name: 'gateway',
      msg: 'listening',
      port: 3000,
      why: 'a b',
    });
    expect(formatLogLine(line)).toBe('00:00:00.000 info  listening port=3000 why="a b"');
  });

  it('puts the stack of an error below', () => {
    const line = JSON.stringify({
      level: 50,
      time: 0,
      msg: 'broken',
      err: { message: 'x', stack: 'Error: x\n    at y' },
    });
    expect(formatLogLine(line)).toBe('00:00:00.000 error broken\nError: x\n    at y');
  });

  it.each(['plain text', '{not json', '{"a":1}'])('leaves %s as it is', (line) => {
    expect(formatLogLine(line)).toBe(line);
  });

  it('names the service on every line', () => {
    const show = prefixer(['billing', 'gateway'], false);
    expect(show('billing', 'one')).toBe('billing | one');
    expect(show('gateway', JSON.stringify({ level: 50, time: 0, msg: 'm', err: { stack: 's' } }))).toBe(
      'gateway | 00:00:00.000 error m\ngateway | s',
    );
  });
});
