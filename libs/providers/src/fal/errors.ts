import type { FailureKind } from '@lumenfall/contracts';
import { z } from 'zod';
import type { Refusal } from '../http/index.js';

const detailSchema = z.looseObject({
  loc: z.array(z.union([z.string(), z.number()])).nullish(),
  msg: z.string().nullish(),
  type: z.string().nullish(),
});

/** Models answer with a list of `detail`s, the platform with one sentence and an `error_type`. */
const errorSchema = z.looseObject({
  detail: z.union([z.string(), z.array(detailSchema)]),
  error_type: z.string().nullish(),
});

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
  // When our own client leaves we say so ourselves, and nobody reads this.
  client_cancelled: 'transient',
  client_disconnected: 'transient',
};

/** `{"detail": [{"loc", "msg", "type"}]}` or `{"detail": "...", "error_type": "..."}`. */
export function readFalRefusal(_status: number, body: unknown): Refusal {
  const parsed = errorSchema.safeParse(body);
  if (!parsed.success) return { message: typeof body === 'string' ? body : null, kind: null };
  const { detail, error_type: errorType } = parsed.data;
  if (typeof detail === 'string') return { message: detail, kind: KIND_OF_TYPE[errorType ?? ''] ?? null };
  const kind = detail.map(({ type }) => KIND_OF_TYPE[type ?? '']).find((known) => known !== undefined);
  return { message: detail.map(sentenceOf).filter(Boolean).join('; ') || null, kind: kind ?? null };
}

/** The field to blame, where there is one, and what is wrong with it: `duration: Input should be '5' or '10'`. */
function sentenceOf({ loc, msg }: z.infer<typeof detailSchema>): string {
  const field = (loc ?? []).filter((part) => part !== 'body').join('.');
  return [field, msg ?? ''].filter(Boolean).join(': ');
}

/** True for what fal says of a job that is not ready, with status 400: no verdict on it. */
export function isStillInProgress(body: unknown): boolean {
  const parsed = errorSchema.safeParse(body);
  return parsed.success && typeof parsed.data.detail === 'string' && /still in progress/i.test(parsed.data.detail);
}

/** True where a refusal of the result is the job's own end, not a failure of asking for it. */
export function isVerdict(status: number, body: unknown): boolean {
  if (status === 401 || status === 402 || status === 403 || status === 429) return false;
  return errorSchema.safeParse(body).success && !isStillInProgress(body);
}
