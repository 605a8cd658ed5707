const LEVELS = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };
const LEVEL_COLOURS = { trace: 90, debug: 90, info: 32, warn: 33, error: 31, fatal: 31 };
const NAME_COLOURS = [36, 35, 34, 33, 32, 96, 95, 94];
const HIDDEN = new Set(['level', 'time', 'pid', 'hostname', 'name', 'service', 'msg', 'v']);

const paint = (text, colour, on) => (on ? `\u001b[${colour}m${text}\u001b[0m` : text);

function showValue(value) {
  if (typeof value === 'string') return /[\s"]/.test(value) ? JSON.stringify(value) : value;
  return JSON.stringify(value);
}

/** One log line of a service for a person: pino's JSON as `time level message key=value`, anything else as it is. */
export function formatLogLine(line, colour = false) {
  if (!line.startsWith('{')) return line;
  let entry;
  try {
    entry = JSON.parse(line);
  } catch {
    return line;
  }
  if (typeof entry.level !== 'number' && typeof entry.level !== 'string') return line;
  const level = typeof entry.level === 'number' ? (LEVELS[entry.level] ?? String(entry.level)) : entry.level;
  const parsed = new Date(entry.time ?? Number.NaN);
  const time = Number.isNaN(parsed.getTime()) ? '' : parsed.toISOString().slice(11, 23);
  const { err, ...rest } = entry;
  const fields = Object.entries(rest)
    .filter(([key, value]) => !HIDDEN.has(key) && value !== undefined)
    .map(([key, value]) => `${key}=${showValue(value)}`);
  const head = [
    time,
    paint(level.padEnd(5), LEVEL_COLOURS[level] ?? 0, colour),
    entry.msg ?? '',
    paint(fields.join(' '), 90, colour && fields.length > 0),
  ]
    .filter((part) => part !== '')
    .join(' ');
  if (err === undefined || err === null) return head;
  return `${head}\n${String(err.stack ?? err.message ?? JSON.stringify(err))}`;
}

/** @returns {(name: string, line: string) => string} puts the name of its service before every line. */
export function prefixer(names, colour) {
  const width = Math.max(...names.map((name) => name.length));
  return (name, line) => {
    const index = Math.max(0, names.indexOf(name));
    const prefix = paint(`${name.padEnd(width)} |`, NAME_COLOURS[index % NAME_COLOURS.length], colour);
    return formatLogLine(line, colour)
      .split('\n')
      .map((part) => `${prefix} ${part}`)
      .join('\n');
  };
}

/** Calls `onLine` with each whole line of a stream; a last line without an end comes when the stream closes. */
export function eachLine(stream, onLine) {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.replace(/\r$/, ''));
  });
  stream.on('close', () => {
    if (rest !== '') onLine(rest);
    rest = '';
  });
}
