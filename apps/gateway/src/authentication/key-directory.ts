import type { Clock } from '@lumenfall/async';
import {
  apiError,
  fail,
  longerRetention,
  succeed,
  type Limits,
  type MediaRetention,
  type Result,
  type RoutingRules,
} from '@lumenfall/contracts';
import type { Logger } from '@lumenfall/service-kit';
import { createHash, timingSafeEqual } from 'node:crypto';
import { appliedLimits } from '../limits/limit-claims.js';
import type { CachedKeys } from './cached-keys.js';
import type { KeyUses } from './key-uses.js';
import type { Principal } from './principal.js';

/** The fields of a stored key that authentication reads. */
export interface KeyRecord {
  id: string;
  organizationId: string;
  secretHash: string;
  status: 'active' | 'revoked';
  expiresAt: Date | null;
  /** The organization's routing rules. */
  rules: RoutingRules;
  mediaRetention: MediaRetention;
  /** The organization's margin, see `Principal`. */
  marginPercent: string | null;
  payloadRetention: MediaRetention;
  /** Null if they cannot be read. */
  limits: Limits | null;
  organizationLimits: Limits | null;
}

export interface KeyDirectoryParts {
  keys: Pick<CachedKeys<KeyRecord>, 'get'>;
  uses: Pick<KeyUses, 'mark'>;
  clock: Clock;
  log: Logger;
}

/** Authenticates requests by their API key. Revocations and other changes apply within two seconds. */
export class KeyDirectory {
  constructor(private readonly parts: KeyDirectoryParts) {}

  /**
   * Synchronous if the key is cached. Errors: `AUTHENTICATION_FAILED`, `OVERLOADED` if keys cannot be read,
   * `INTERNAL_ERROR` if the key's limits cannot.
   */
  authenticate(header: string | undefined): Result<Principal> | Promise<Result<Principal>> {
    const presented = readAuthorization(header);
    if (!presented.ok) return presented;
    const { keyId, secret } = presented.value;
    const record = this.parts.keys.get(keyId);
    if (!(record instanceof Promise)) return this.#judge(record, secret);
    return record.then(
      (found) => this.#judge(found, secret),
      (error: unknown) => {
        this.parts.log.error({ err: error }, 'API keys could not be read from the database');
        return fail(
          apiError('OVERLOADED', 'API keys cannot be checked at the moment. Send the request again in a few seconds', {
            retryAfterMs: 2_000,
          }),
        );
      },
    );
  }

  #judge(record: KeyRecord | null, secret: string): Result<Principal> {
    if (record === null || !secretMatches(secret, record.secretHash)) return refused('Invalid API key');
    // After the secret: otherwise the answer would reveal that the key existed.
    const { id: keyId, organizationId, rules, payloadRetention, marginPercent, expiresAt } = record;
    if (record.status === 'revoked') return refused(`This API key was revoked. ${howToGetAKey(organizationId)}`);
    if (expiresAt !== null && expiresAt.getTime() <= this.parts.clock.now())
      return refused(`This API key expired at ${expiresAt.toISOString()}. ${howToGetAKey(organizationId)}`);
    if (record.limits === null || record.organizationLimits === null) {
      this.parts.log.error({ keyId, organizationId }, 'the limits of a key or its organization cannot be read');
      return fail(
        apiError('INTERNAL_ERROR', 'The limits of this API key cannot be read. Ask the operator to set them'),
      );
    }
    this.parts.uses.mark(keyId);
    // Where bodies are kept, so are the media that they name.
    const mediaRetention = longerRetention(record.mediaRetention, payloadRetention);
    const limits = appliedLimits({
      keyId,
      organizationId,
      key: record.limits,
      organization: record.organizationLimits,
    });
    return succeed({ organizationId, keyId, rules, mediaRetention, payloadRetention, marginPercent, limits });
  }
}

const howToGetAKey = (organizationId: string): string =>
  `Create a new one with: npm run lumenfall -- keys create --org ${organizationId} --name NAME, or ask your operator`;

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
