/** The position of a row in a list that is ordered by time, newest first, and by id for equal times. */
export interface Position {
  createdAt: Date;
  id: string;
}

export interface KeysetPage<R> {
  /** Newest first, also if the page was fetched towards newer rows. */
  rows: R[];
  hasOlder: boolean;
  hasNewer: boolean;
}

/** Fetches rows strictly to one side of a position, the nearest first; with null, the newest rows. */
export type FetchSide<R> = (side: 'older' | 'newer', of: Position | null, limit: number) => Promise<R[]>;

/**
 * One page of a list that grows at its newest end. It pages by position and not by offset, so that rows that arrive
 * meanwhile cause neither duplicates nor gaps.
 */
export async function keysetPage<R extends Position>(
  fetch: FetchSide<R>,
  limit: number,
  cursor: { side: 'older' | 'newer'; of: Position } | null,
): Promise<KeysetPage<R>> {
  const side = cursor?.side ?? 'older';
  const fetched = await fetch(side, cursor?.of ?? null, limit + 1);
  const rows = fetched.slice(0, limit);
  const more = fetched.length > limit;
  if (!cursor) return { rows, hasOlder: more, hasNewer: false };
  const behind = side === 'older' ? 'newer' : 'older';
  const othersBehind = (await fetch(behind, rows[0] ?? cursor.of, 1)).length > 0;
  return side === 'older'
    ? { rows, hasOlder: more, hasNewer: othersBehind }
    : { rows: rows.reverse(), hasOlder: othersBehind, hasNewer: more };
}
