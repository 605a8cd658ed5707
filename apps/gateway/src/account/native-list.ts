import type { NativeList } from '@lumenfall/contracts';

export interface NativePage<T> {
  data: T[];
  hasOlder: boolean;
  hasNewer: boolean;
}

/**
 * The envelope of `/v1/keys` and `/v1/requests`. The two URLs are relative and keep every filter of the query; only the
 * cursor in them changes.
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
