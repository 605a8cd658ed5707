import { apiError, fail, succeed, type NativeList, type Result } from '@lumenfall/contracts';
import { validationError } from '@lumenfall/service-kit';
import type { z } from 'zod';

/** Parses the query of a native list. Errors: `INVALID_REQUEST`, also for both cursors at once. */
export function readListQuery<T extends { starting_after?: string | undefined; ending_before?: string | undefined }>(
  schema: z.ZodType<T>,
  query: unknown,
): Result<T> {
  const parsed = schema.safeParse(query);
  if (!parsed.success) return fail(validationError(parsed.error));
  if (parsed.data.starting_after !== undefined && parsed.data.ending_before !== undefined) {
    return fail(
      apiError('INVALID_REQUEST', 'ending_before: cannot be combined with starting_after', { param: 'ending_before' }),
    );
  }
  return succeed(parsed.data);
}

export interface NativePage<T> {
  data: T[];
  hasOlder: boolean;
  hasNewer: boolean;
}

/**
 * The envelope of `/v1/keys`, `/v1/requests` and `/v1/ledger`. The two URLs are relative and keep every filter of the
 * query; only the cursor in them changes.
 *
 * @param query as the client wrote it
 */
export function nativeList<T extends { id: string }>(path: string, query: unknown, page: NativePage<T>): NativeList<T> {
  const first = page.data[0];
  const last = page.data.at(-1);
  return {
    object: 'list',
    data: page.data,
    next_page_url: page.hasOlder && last ? pageUrl(path, query, 'starting_after', last.id) : null,
    previous_page_url: page.hasNewer && first ? pageUrl(path, query, 'ending_before', first.id) : null,
  };
}

function pageUrl(path: string, query: unknown, cursor: 'starting_after' | 'ending_before', id: string): string {
  const search = new URLSearchParams({ [cursor]: id });
  for (const [name, value] of Object.entries(typeof query === 'object' && query !== null ? query : {})) {
    if (name !== 'starting_after' && name !== 'ending_before' && typeof value === 'string') search.set(name, value);
  }
  return `${path}?${search.toString()}`;
}
