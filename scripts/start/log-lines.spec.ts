import { logLineFormatter, prefixer } from './log-lines.mjs';

describe('a log line of a service', () => {
  let format: (line: string) => string;
  beforeAll(async () => {
    format = await logLineFormatter(false);
  });

  it('is formatted with time, level, message and fields on one line', () => {
    const entry = { level: 30, time: 0, pid: 7, hostname: 'h', name: 'gateway', msg: 'listening', port: 3000 };
    expect(format(JSON.stringify(entry))).toBe('[00:00:00.000] INFO: listening {"port":3000}');
  });

  it('is followed by the stack of its error', () => {
    const err = { type: 'Error', message: 'x', stack: 'Error: x\n    at y' };
    const lines = format(JSON.stringify({ level: 50, time: 0, msg: 'broken', err })).split('\n');
    expect(lines[0]).toMatch(/^\[00:00:00\.000\] ERROR: broken/);
    expect(lines.join('\n')).toContain('at y');
  });

  it.each(['plain text', '{not json'])('stays as it is if it is not JSON: %s', (line) => {
    expect(format(line)).toBe(line);
  });

  it('starts with the name of its service, on every line of a text', () => {
    const prefix = prefixer(['billing', 'gateway'], false);
    expect(prefix('billing', 'one')).toBe('billing | one');
    expect(prefix('gateway', 'one\n  two')).toBe('gateway | one\ngateway |   two');
  });
});
