import { apiError, fail, succeed, type MediaRetention, type Result, type RoutingRules } from '@lumenfall/contracts';
import type { Logger } from '@lumenfall/service-kit';
import { ExpiringCache } from '../admission/expiring-cache.js';
import { readAuthorization, refused, secretMatches } from './api-key.js';
import type { Principal } from './principal.js';

/** What the authentication reads of a stored key. */
export interface KeyRecord {
  id: string;
  organizationId: string;
  secretHash: string;
  status: 'active' | 'revoked';
  /** Of its organization. */
  rules: RoutingRules;
  mediaRetention: MediaRetention;
}

const KNOWN_FOR_MS = 5_000;
const UNKNOWN_FOR_MS = 1_000;
const MAX_KEYS = 10_000;

/** Knows the API keys; a revoked one stops working within five seconds, on every gateway, and changed rules hold as soon. */
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

  /** Synchronous where the key is in the cache. Errors: `AUTHENTICATION_FAILED`, `OVERLOADED` where keys cannot be read. */
  authenticate(header: string | undefined): Result<Principal> | Promise<Result<Principal>> {
    const presented = readAuthorization(header);
    if (!presented.ok) return presented;
    const { keyId, secret } = presented.value;
    const record = this.#records.get(keyId);
    if (!(record instanceof Promise)) return judge(record, secret);
    return record.then(
      (found) => judge(found, secret),
      (error: unknown) => {
        this.log.error({ err: error }, 'API keys cannot be read');
        return fail(
          apiError('OVERLOADED', 'API keys cannot be checked right now. Please try again', { retryAfterMs: 2_000 }),
        );
      },
    );
  }
}

function judge(record: KeyRecord | null, secret: string): Result<Principal> {
  if (record === null || !secretMatches(secret, record.secretHash)) return refused('Invalid API key');
  // Only whoever knows the secret learns that the key existed.
  if (record.status === 'revoked') return refused('This API key has been revoked. Create a new one');
  const { id: keyId, organizationId, rules, mediaRetention } = record;
  return succeed({ organizationId, keyId, rules, mediaRetention });
}
