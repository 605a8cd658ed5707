import { limitsSchema, type Limits } from '@lumenfall/contracts';

/**
 * The limits as the database has them. Null if they cannot be read, for example because a newer version wrote them: the
 * caller must then refuse, since a limit that is not understood is not off.
 */
export function limitsOf(row: { limits: unknown }): Limits | null {
  return limitsSchema.safeParse(row.limits).data ?? null;
}
