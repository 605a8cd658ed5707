import type { ApiError, Result } from '@lumenfall/contracts';

/**
 * Carries an expected failure out of a controller to the one exception filter. Work functions return `Result`s; only the thin
 * handlers throw this.
 */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';

  /** @param upstreamMayHaveRun an SDK must not repeat the request by itself: `x-should-retry: false` */
  constructor(
    readonly error: ApiError,
    readonly upstreamMayHaveRun = false,
  ) {
    super(error.message);
  }
}

export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new ApiFailure(result.error);
}
