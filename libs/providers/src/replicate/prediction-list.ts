import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { isRecord } from '../json/fields.js';

/** `GET /predictions`: a hundred, the newest first. */
const listSchema = z.looseObject({
  results: z.array(
    z.looseObject({
      id: z.string().min(1),
      model: z.string().nullish(),
      version: z.string().nullish(),
      input: z.unknown().optional(),
      created_at: z.string(),
    }),
  ),
  next: z.string().nullish(),
});
export type PredictionList = z.infer<typeof listSchema>;

export function readPredictionList(body: unknown): PredictionList | null {
  const parsed = listSchema.safeParse(body);
  return parsed.success ? parsed.data : null;
}

/** How far Replicate's clock may be behind ours. */
const SKEW_MS = 10_000;

const madeAt = ({ created_at }: PredictionList['results'][number]): number => Date.parse(created_at);

/** Where the list goes on with predictions that may be of this call; null where it does not. */
export function nextPageOf({ results, next }: PredictionList, since: number): string | null {
  const oldest = results.at(-1);
  return oldest !== undefined && madeAt(oldest) >= since - SKEW_MS ? (next ?? null) : null;
}

/**
 * The predictions that may be those of a call: of the same model and input, made since, the nearest first. Several that are alike
 * are as good as each other.
 *
 * @param sent the body that the call was made with
 */
export function predictionsAlike(
  { results }: Pick<PredictionList, 'results'>,
  { model, sent, since }: { model: string; sent: Record<string, unknown>; since: number },
): PredictionList['results'] {
  const [name, version] = model.split(':');
  return results
    .filter((one) => (version === undefined ? one.model === name : one.version === version))
    .filter((one) => madeAt(one) >= since - SKEW_MS && isSameInput(one.input, sent['input']))
    .sort((one, other) => Math.abs(madeAt(one) - since) - Math.abs(madeAt(other) - since));
}

/** What was sent stands there as it was; files have become addresses, and defaults may have come to it. */
function isSameInput(listed: unknown, sent: unknown): boolean {
  if (!isRecord(listed) || !isRecord(sent)) return false;
  return Object.entries(sent).every(([name, value]) => holdsFile(value) || isDeepStrictEqual(listed[name], value));
}

const holdsFile = (value: unknown): boolean =>
  Array.isArray(value) ? value.some(holdsFile) : typeof value === 'string' && value.startsWith('data:');
