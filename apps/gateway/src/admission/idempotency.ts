import { apiError, fail, succeed, type Result } from '@lumenfall/contracts';
import { createHash } from 'node:crypto';

const MAX_KEY_LENGTH = 256;

/** The idempotency key of the body or the header; both are accepted if they are equal. Null: the request has none. */
export function idempotencyKeyOf(
  body: { idempotency_key?: string | null | undefined },
  header: string | string[] | undefined,
): Result<string | null> {
  const fromHeader = (Array.isArray(header) ? header[0] : header) || null;
  const fromBody = body.idempotency_key ?? null;
  if (fromHeader !== null && fromHeader.length > MAX_KEY_LENGTH) {
    return fail(apiError('INVALID_REQUEST', `Idempotency-Key: expected at most ${MAX_KEY_LENGTH} characters`));
  }
  if (fromHeader !== null && fromBody !== null && fromHeader !== fromBody) {
    return fail(
      apiError('INVALID_REQUEST', 'idempotency_key: differs from the Idempotency-Key header', {
        param: 'idempotency_key',
      }),
    );
  }
  return succeed(fromBody ?? fromHeader);
}

/** A hash (hex SHA-256) that is equal for equal bodies, regardless of the order of fields and of JSON or form. */
export function bodyHashOf(body: Readonly<Record<string, unknown>>): string {
  const { idempotency_key: _key, ...rest } = body;
  return createHash('sha256').update(canonical(rest)).digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).filter(([, field]) => field !== undefined && field !== null);
  return `{${fields
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`)
    .join(',')}}`;
}
