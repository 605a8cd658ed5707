import { OperatorError } from './configuration.js';
import { nestLogger, type Logger } from './logger.js';

describe('nestLogger', () => {
  /** The lines of level `error` after Nest has logged an error of a factory. */
  const linesFor = (error: Error): unknown[] => {
    const lines: unknown[] = [];
    const log = { error: (fields: unknown, message: string) => lines.push([fields, message]) } as unknown as Logger;
    nestLogger(log).error(error, 'ExceptionHandler');
    return lines;
  };

  it('does not log a mistake of the operator, which the start prints as one line', () =>
    expect(linesFor(new OperatorError('OPENAI_API_KEY is a Lumenfall key.'))).toEqual([]));

  it('logs any other error with its stack', () => {
    const error = new Error('a bug');
    expect(linesFor(error)).toEqual([[{ context: 'ExceptionHandler', err: error }, 'Error: a bug']]);
  });
});
