const NAME_COLOURS = [36, 35, 34, 33, 32, 96, 95, 94];

/**
 * Formats the log lines of services, which are pino's JSON, for a person; other lines stay as they are.
 * Loaded late: `npm start` runs before the packages are installed.
 * @returns {Promise<(line: string) => string>}
 */
export async function logLineFormatter(colour) {
  const { prettyFactory } = await import('pino-pretty');
  const format = prettyFactory({
    colorize: colour,
    ignore: 'pid,hostname,name,service',
    singleLine: true,
    translateTime: 'UTC:HH:MM:ss.l',
  });
  return (line) => (line.startsWith('{') ? format(line).trimEnd() : line);
}

/** @returns {(name: string, text: string) => string} puts the name of its service before every line of a text. */
export function prefixer(names, colour) {
  const width = Math.max(...names.map((name) => name.length));
  return (name, text) => {
    const index = Math.max(0, names.indexOf(name));
    const plain = `${name.padEnd(width)} |`;
    const prefix = colour ? `\u001b[${NAME_COLOURS[index % NAME_COLOURS.length]}m${plain}\u001b[0m` : plain;
    return text
      .split('\n')
      .map((line) => `${prefix} ${line}`)
      .join('\n');
  };
}

/**
 * Calls `onLine` with each whole line of a stream; a last line without a line end is passed on when the stream closes.
 */
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
