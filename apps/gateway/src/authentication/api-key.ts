import { apiError, fail, succeed, type Result } from '@lumenfall/contracts';
import { createHash, timingSafeEqual } from 'node:crypto';

export interface PresentedKey {
  keyId: string;
  secret: string;
}

const FORM = 'Send the header "Authorization: Bearer lmnfl_<key_id>.<secret>"';
const KEY = /^lmnfl_([A-Za-z0-9_-]{1,64})\.([!-~]{1,256})$/;

/** Parses `Bearer lmnfl_<key_id>.<secret>`, split at the first dot. Each mistake has a message of its own. */
export function readAuthorization(header: string | undefined): Result<PresentedKey> {
  if (header === undefined || header.trim() === '') return refused(`No API key was sent. ${FORM}`);
  const [, scheme, credentials] = /^(\S+)\s*(.*)$/.exec(header.trim()) ?? [];
  if (scheme?.toLowerCase() !== 'bearer')
    return refused(`The Authorization header must use the Bearer scheme. ${FORM}`);
  if (!credentials) return refused(`The Authorization header has no key after "Bearer". ${FORM}`);
  if (!credentials.startsWith('lmnfl_')) return refused(`The API key is malformed: it must start with lmnfl_. ${FORM}`);
  const [, keyId, secret] = KEY.exec(credentials) ?? [];
  if (keyId === undefined || secret === undefined) {
    return refused(
      `The API key is malformed: expected lmnfl_<key_id>.<secret>, exactly as it was shown when it was created`,
    );
  }
  return succeed({ keyId, secret });
}

/** @param secretHash hex SHA-256, as stored; compared in constant time */
export function secretMatches(secret: string, secretHash: string): boolean {
  const presented = createHash('sha256').update(secret).digest();
  const stored = Buffer.from(secretHash, 'hex');
  return stored.length === presented.length && timingSafeEqual(stored, presented);
}

export function refused(message: string): { ok: false; error: ReturnType<typeof apiError> } {
  return fail(apiError('AUTHENTICATION_FAILED', message));
}
