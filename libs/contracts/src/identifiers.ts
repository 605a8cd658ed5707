import KSUID from 'ksuid';
import { randomFillSync } from 'node:crypto';
import { z } from 'zod';

/** 27 base62 characters, sortable by time: the body of every id. */
const KSUID_BODY = /^[0-9A-Za-z]{27}$/;

export const requestIdSchema = z.string().regex(/^req_[0-9A-Za-z]{27}$/);

const PAYLOAD_BYTES = 16;

/** Random bytes for many ids at once: one system call for 16 bytes costs as much as for thousands. */
const pool = Buffer.alloc(PAYLOAD_BYTES * 256);
let used = pool.length;

export function newKsuid(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const payload = pool.subarray(used, (used += PAYLOAD_BYTES));
  return KSUID.fromParts(Date.now(), payload).string;
}

export function newRequestId(): string {
  return `req_${newKsuid()}`;
}

export const videoIdOf = (requestId: string): string => `video_${requestId.slice(4)}`;
export const chatIdOf = (requestId: string): string => `chatcmpl-${requestId.slice(4)}`;

/** Accepts the `req_` and the `video_` form (both name the same work); null for anything else. */
export function parseRequestId(text: string): string | null {
  const body = /^(?:req|video)_(.*)$/.exec(text)?.[1];
  return body !== undefined && KSUID_BODY.test(body) ? `req_${body}` : null;
}
