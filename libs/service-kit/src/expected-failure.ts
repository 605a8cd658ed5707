import { validationError, type ApiError, type Result } from '@lumenfall/contracts';
import type { z } from 'zod';

export { validationError } from '@lumenfall/contracts';

/**
 * Carries an expected failure from a controller, guard or hook to the exception filter. Functions that do the work
 * return `Result`s; only the thin HTTP layer throws.
 */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';

  /** @param upstreamMayHaveRun a repeat could be paid twice: the answer carries `x-should-retry: false` */
  constructor(
    readonly error: ApiError,
    readonly upstreamMayHaveRun = false,
  ) {
    super(error.message);
  }
}

/** The value of a success. Throws an `ApiFailure` otherwise. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new ApiFailure(result.error);
}

/** Parses an input by its schema. Throws an `ApiFailure` (`INVALID_REQUEST`) that names the field. */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new ApiFailure(validationError(parsed.error));
}
