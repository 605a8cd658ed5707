import { apiError, type ApiError, type Result } from '@lumenfall/contracts';
import type { z } from 'zod';

/** Carries an expected failure out of a handler; the filter answers with its envelope. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(readonly error: ApiError) {
    super(error.message);
  }
}

/** The value of a success. Throws a `Failure` otherwise. */
export function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new Failure(result.error);
  return result.value;
}

/** What the schema makes of an input. Throws a `Failure` that names the field. */
export function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const param = issue && issue.path.length > 0 ? issue.path.join('.') : null;
  const message = `${param === null ? '' : `${param}: `}${issue?.message ?? 'invalid request'}`;
  throw new Failure(apiError('INVALID_REQUEST', message, { param }));
}
