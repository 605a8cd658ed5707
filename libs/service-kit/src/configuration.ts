import { z } from 'zod';

/**
 * A mistake in the service's configuration or surroundings. Its message is one line that says what to do; the process
 * exits with code 1.
 */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
  readonly forOperator = true;
}

/**
 * True for an `OperatorError`, and for errors that libraries without a dependency on this one mark with `forOperator`.
 */
export function isForOperator(error: unknown): error is Error {
  return error instanceof Error && 'forOperator' in error && error.forOperator === true;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** An integer in an environment variable, with its default and inclusive bounds. */
export const integerVariable = (fallback: number, bounds: { min: number; max: number }) =>
  z
    .string()
    .regex(/^\d+$/, 'expected a whole number')
    .transform(Number)
    .pipe(z.number().min(bounds.min).max(bounds.max))
    .default(fallback);

export const urlVariable = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `expected a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    );

/** Where a service listens. Port 0 takes a free one. */
export const listenShape = {
  HOST: z.string().default('127.0.0.1'),
  PORT: integerVariable(0, { min: 0, max: 65_535 }),
};

export const logShape = {
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
};

/** How long a closing service waits for running work, in ms. */
export const graceShape = { SHUTDOWN_GRACE_MS: integerVariable(25_000, { min: 0, max: 3_600_000 }) };

export const queueUrlVariable = urlVariable('redis:', 'rediss:', 'postgres:', 'postgresql:');
export const databaseUrlVariable = urlVariable('postgres:', 'postgresql:');

/**
 * Parses a service's configuration once. An empty variable counts as unset; variables the schema does not name are
 * ignored. Throws an `OperatorError` that names the variable.
 */
export function parseConfiguration<C>(schema: z.ZodType<C>, environment: Environment): C {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(set);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name = issue?.path.join('.') ?? 'configuration';
  const problem = name in set ? (issue?.message ?? 'invalid') : 'is not set';
  throw new OperatorError(`${name}: ${problem}. Set it in the environment or in .env (see .env.example).`);
}
