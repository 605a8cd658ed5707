import type { FailureKind } from '@lumenfall/contracts';
import { z } from 'zod';
import type { Refusal } from '../http/index.js';

const errorSchema = z.looseObject({
  code: z.string().nullish(),
  message: z.string().nullish(),
  parameter: z.unknown().optional(),
});
export type RunwareError = z.infer<typeof errorSchema>;

const answerSchema = z.looseObject({ errors: z.array(errorSchema).min(1) });

const KINDS: readonly [RegExp, FailureKind][] = [
  [/invalidProviderContent|content(Policy|Moderation)|nsfw/i, 'moderation'],
  [/apiKey|unauthori[sz]ed|insufficient(Credit|Fund|Balance)|billing/i, 'auth'],
  [/rateLimit|tooMany|concurren/i, 'rate'],
  [/timeout/i, 'timeout'],
  [/providerError|internal|unavailable|serverError/i, 'transient'],
];

/** What a code (`invalidProviderContent`) says of whose doing an error is; null where it says nothing. */
export function kindOfCode(code: string | null | undefined): FailureKind | null {
  return KINDS.find(([pattern]) => pattern.test(code ?? ''))?.[1] ?? null;
}

/** `{"errors": [{"code", "message", "parameter", "taskUUID"}]}`; the first one speaks, in answers of every status. */
export function readRunwareRefusal(_status: number, body: unknown): Refusal {
  const error = errorsOf(body)[0];
  if (error === undefined) return { message: typeof body === 'string' ? body : null, kind: null };
  return { message: error.message ?? null, kind: kindOfCode(error.code) };
}

export function errorsOf(body: unknown): RunwareError[] {
  const parsed = answerSchema.safeParse(body);
  return parsed.success ? parsed.data.errors : [];
}
