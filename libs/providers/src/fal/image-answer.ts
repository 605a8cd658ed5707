import type { Metric, Quantity } from '@lumenfall/contracts';
import { z } from 'zod';
import { succeeded, type JsonAnswer } from '../http/index.js';
import type { ImageGeneration, Outcome } from '../spec/index.js';
import { noMedia } from './queue.js';

const fileSchema = z.looseObject({ url: z.string().min(1) });
const resultSchema = z.looseObject({
  images: z.array(fileSchema).nullish(),
  image: fileSchema.nullish(),
  has_nsfw_concepts: z.array(z.boolean()).nullish(),
});

/**
 * A finished job's pictures. One that the model's own checker marked comes as a black square: that is a refusal, not
 * a picture.
 *
 * @param billedBy what the header's billable units are units of
 */
export function falImageAnswer({ body, headers }: JsonAnswer, billedBy: Metric | null): Outcome<ImageGeneration> {
  const parsed = resultSchema.safeParse(body);
  const { images, image, has_nsfw_concepts: marked } = parsed.success ? parsed.data : {};
  const files = images ?? (image ? [image] : []);
  const shown = files.filter((_, position) => marked?.[position] !== true);
  if (shown.length > 0) {
    return succeeded({
      images: shown.map(({ url }) => ({ source: { kind: 'url', url }, revisedPrompt: null })),
      usage: billedBy === null ? null : billedUnits(headers['x-fal-billable-units'], billedBy),
      reportedCostUsd: null,
    });
  }
  if (files.length === 0) return { ok: false, failure: noMedia('image') };
  return {
    ok: false,
    failure: { ...noMedia('image'), kind: 'moderation', message: 'The provider refused the content' },
  };
}

/** What fal bills, in units of its list price: a 4K picture at twice the price is two units, so no property chooses a line. */
function billedUnits(header: unknown, metric: Metric): Quantity[] | null {
  const units = typeof header === 'string' && header.trim() !== '' ? Number(header) : NaN;
  return Number.isFinite(units) && units > 0 ? [{ type: 'output', metric, quantity: units, properties: {} }] : null;
}
