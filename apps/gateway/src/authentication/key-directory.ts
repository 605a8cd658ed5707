import { apiError, fail, succeed, type MediaRetention, type Result, type RoutingRules } from '@lumenfall/contracts';
import type { Logger } from '@lumenfall/service-kit';
import { createHash, timingSafeEqual } from 'node:crypto';
import { ExpiringCache } from '../admission/expiring-cache.js';
import type { Principal } from './principal.js';

/** The fields of a stored key that authentication reads. */
export interface KeyRecord {
  id: string;
  organizationId: string;
  secretHash: string;
  status: 'active' | 'revoked';
  /** The organization's routing rules. */
  rules: RoutingRules;
  mediaRetention: MediaRetention;
}

const KNOWN_FOR_MS = 5_000;
const UNKNOWN_FOR_MS = 1_000;
const MAX_KEYS = 10_000;

/**
 * Looks up API keys, cached: a revoked key stops working within five seconds on every gateway; changed rules apply as
 * fast.
 */
export class KeyDirectory {
  readonly #records: ExpiringCache<KeyRecord | null>;

  constructor(
    find: (keyId: string) => Promise<KeyRecord | null>,
    private readonly log: Logger,
  ) {
    this.#records = new ExpiringCache(find, {
      maxEntries: MAX_KEYS,
      freshMs: (record) => (record === null ? UNKNOWN_FOR_MS : KNOWN_FOR_MS),
      staleMs: 0,
    });
  }

  /** Synchronous if the key is cached. Errors: `AUTHENTICATION_FAILED`, `OVERLOADED` if keys cannot be read. */
  authenticate(header: string | undefined): Result<Principal> | Promise<Result<Principal>> {
    const presented = readAuthorization(header);
    if (!presented.ok) return presented;
    const { keyId, secret } = presented.value;
    const record = this.#records.get(keyId);
    if (!(record instanceof Promise)) return judge(record, secret);
    return record.then(
      (found) => judge(found, secret),
      (error: unknown) => {
        this.log.error({ err: error }, 'API keys could not be read from the database');
        return fail(
          apiError('OVERLOADED', 'API keys cannot be checked at the moment. Send the request again in a few seconds', {
            retryAfterMs: 2_000,
          }),
        );
      },
    );
  }
}

function judge(record: KeyRecord | null, secret: string): Result<Principal> {
  if (record === null || !secretMatches(secret, record.secretHash)) return refused('Invalid API key');
  // After the secret: otherwise the answer would reveal that the key existed.
  if (record.status === 'revoked') return refused('This API key has been revoked. Create a new one');
  const { id: keyId, organizationId, rules, mediaRetention } = record;
  return succeed({ organizationId, keyId, rules, mediaRetention });
}

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
