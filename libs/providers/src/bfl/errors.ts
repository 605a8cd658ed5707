import { readErrorBody } from '../http/error-body.js';
import type { Refusal } from '../http/index.js';

/**
 * `{"detail": "..."}`, or with 422 `{"detail": [{"loc", "msg", "type"}]}`. A 429 means that too many tasks are active.
 */
export function readBflRefusal(_status: number, body: unknown): Refusal {
  return { message: readErrorBody(body).message, kind: null };
}
