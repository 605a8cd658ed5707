/** `?dryRun=true`, exactly; said twice it still counts, because the other reading would spend money. */
export function isDryRun(query: unknown): boolean {
  if (typeof query !== 'object' || query === null || !('dryRun' in query)) return false;
  const { dryRun } = query;
  return dryRun === 'true' || (Array.isArray(dryRun) && dryRun.length > 0 && dryRun.every((value) => value === 'true'));
}
