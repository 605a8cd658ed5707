import { organizationStore, type StoredOrganization } from '@lumenfall/accounts';
import { apiError, fail, succeed, type Result } from '@lumenfall/contracts';
import type { Client } from '@lumenfall/database';
import { distance } from 'fastest-levenshtein';

/** Enough for a suggestion; an installation with more organizations gets it among the newest. */
const COMPARED = 1_000;

/** Finds an organization by its id or its slug. `NOT_FOUND` suggests the slug or id that was probably meant. */
export async function findOrganization(client: Client, idOrSlug: string): Promise<Result<StoredOrganization>> {
  const organizations = organizationStore(client);
  const found = (await organizations.find(idOrSlug)) ?? (await organizations.findBySlug(idOrSlug));
  if (found !== null) return succeed(found);
  const known = await client.organization.findMany({
    select: { id: true, slug: true },
    orderBy: { createdAt: 'desc' },
    take: COMPARED,
  });
  const near = nearest(
    idOrSlug,
    known.flatMap(({ id, slug }) => [slug, id]),
  );
  const hint = near === null ? 'List them with orgs list or GET /admin/v1/organizations' : `Did you mean '${near}'?`;
  const message = `There is no organization '${idOrSlug.slice(0, 100)}'. ${hint}`;
  return fail(apiError('NOT_FOUND', message, { param: 'organization' }));
}

/** The name that differs by at most a third of its letters. */
function nearest(asked: string, names: readonly string[]): string | null {
  let best: { name: string; score: number } | null = null;
  for (const name of names) {
    const score = distance(asked.toLowerCase(), name.toLowerCase());
    if (score <= Math.max(2, name.length / 3) && score < (best?.score ?? Infinity)) best = { name, score };
  }
  return best?.name ?? null;
}
