import type { FailureKind } from '@lumenfall/contracts';
import { readErrorBody } from '../http/error-body.js';
import type { Refusal } from '../http/index.js';
import { isRecord } from '../json/fields.js';

const KIND_OF_TYPE: Record<string, FailureKind> = {
  content_policy_violation: 'moderation',
  no_media_generated: 'empty',
  generation_timeout: 'timeout',
  request_timeout: 'timeout',
  startup_timeout: 'timeout',
  internal_server_error: 'transient',
  internal_error: 'transient',
  downstream_service_error: 'transient',
  downstream_service_unavailable: 'transient',
  // A client of ours that leaves is `cancelled` before this is read.
  client_cancelled: 'transient',
  client_disconnected: 'transient',
};

/** `{"detail": [{"loc", "msg", "type"}]}` from models, `{"detail": "...", "error_type": "..."}` from the platform. */
export function readFalRefusal(_status: number, body: unknown): Refusal {
  const { message, codes } = readErrorBody(body);
  const kind = codes.map((code) => KIND_OF_TYPE[code]).find((known) => known !== undefined);
  return { message, kind: kind ?? null };
}

/** True for the 400 that fal returns if the result is read too early: it does not end the job. */
export function isStillInProgress(body: unknown): boolean {
  return /still in progress/i.test(readErrorBody(body).message ?? '');
}

/** True if a refused result is the outcome of the job, false if only the request for it was refused. */
export function isVerdict(status: number, body: unknown): boolean {
  if (isStillInProgress(body) || [401, 402, 403, 408, 429].includes(status)) return false;
  // A 5xx in fal's own form is the model's; any other may be a proxy's.
  const isOfFal = isRecord(body) && (typeof body['detail'] === 'string' || Array.isArray(body['detail']));
  const isRefusal = status < 500 && typeof body === 'object' && readErrorBody(body).message !== null;
  return isOfFal || isRefusal;
}
