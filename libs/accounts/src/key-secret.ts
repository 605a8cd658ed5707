import { createHash, randomBytes } from 'node:crypto';
import { newKsuid } from '@lumenfall/contracts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const KEY = /^lmnfl_([0-9A-Za-z_]{1,64})\.([0-9A-Za-z]{20,128})$/;

/** A whole API key, which only its creator and its owner know: the database has the hash. */
export interface MintedKey {
  /** `lmnfl_<id>.<secret>` */
  key: string;
  id: string;
  secretHash: string;
  lastFour: string;
}

/** A new key: a KSUID as id, and 32 random bytes as secret. */
export function mintKey(): MintedKey {
  const minted = readKey(`lmnfl_${newKsuid()}.${base62(randomBytes(32))}`);
  if (!minted) throw new Error('A minted key does not have the form of a key');
  return minted;
}

/** Parses a whole key; null if it does not have the form of one. */
export function readKey(key: string): MintedKey | null {
  const [, id, secret] = KEY.exec(key) ?? [];
  return id === undefined || secret === undefined
    ? null
    : { key, id, secretHash: hashSecret(secret), lastFour: secret.slice(-4) };
}

/** Hex SHA-256. The secret has 256 random bits, so a slow hash would only add latency to every request. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function base62(bytes: Uint8Array): string {
  let rest = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  for (; rest > 0n; rest /= 62n) text = ALPHABET.charAt(Number(rest % 62n)) + text;
  // 62^43 > 2^256: 43 characters hold every value.
  return text.padStart(43, '0');
}
