import { randomInt } from 'node:crypto';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 22; // 62^22 > 2^130
const NAME = /^([0-9a-z]{1,11})-[0-9A-Za-z]{22}\.([0-9a-z]{2,5})$/;

export interface StoredName {
  /** Unix ms. */
  expiresAt: number;
  extension: string;
}

/** A name that cannot be guessed and carries its expiry, so that expiry needs no index. */
export function newFileName({ expiresAt, extension }: StoredName): string {
  let random = '';
  for (let index = 0; index < RANDOM_LENGTH; index += 1) random += BASE62[randomInt(BASE62.length)];
  const name = `${expiresAt.toString(36)}-${random}.${extension}`;
  if (parseFileName(name) === null)
    throw new RangeError(`Invalid extension or expiry: ${extension}, ${String(expiresAt)}`);
  return name;
}

/**
 * Null for names that `newFileName` cannot have made. This is the only guard against `../`, NUL bytes and absolute
 * paths.
 */
export function parseFileName(name: string): StoredName | null {
  const [, expiry, extension] = NAME.exec(name) ?? [];
  if (expiry === undefined || extension === undefined) return null;
  const expiresAt = Number.parseInt(expiry, 36);
  return Number.isSafeInteger(expiresAt) ? { expiresAt, extension } : null;
}
