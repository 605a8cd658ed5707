import { z } from 'zod';
import type { Refusal } from '../http/index.js';

const errorSchema = z.looseObject({
  detail: z.union([
    z.string(),
    z.array(z.looseObject({ loc: z.array(z.union([z.string(), z.number()])).nullish(), msg: z.string().nullish() })),
  ]),
});

/** `{"detail": "..."}`, or with 422 `{"detail": [{"loc", "msg", "type"}]}`. A 429 says that too many tasks are at work. */
export function readBflRefusal(_status: number, body: unknown): Refusal {
  const parsed = errorSchema.safeParse(body);
  if (!parsed.success) return { message: typeof body === 'string' ? body : null, kind: null };
  const { detail } = parsed.data;
  if (typeof detail === 'string') return { message: detail, kind: null };
  const sentences = detail.map(({ loc, msg }) => {
    const field = (loc ?? []).filter((part) => part !== 'body').join('.');
    return [field, msg ?? ''].filter(Boolean).join(': ');
  });
  return { message: sentences.filter(Boolean).join('; ') || null, kind: null };
}
