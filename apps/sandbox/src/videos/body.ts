import type { ProviderSlug } from '@lumenfall/contracts';
import { z } from 'zod';

/** `POST videos`; a form and a JSON body are the same here. */
export const videoBodySchema = z.looseObject({
  model: z.string().min(1).default('sora-2'),
  prompt: z.string().min(1).max(32_000),
  seconds: z.coerce.string().default('4'),
  size: z.string().default('720x1280'),
});
export type VideoBody = z.infer<typeof videoBodySchema>;

const SORA_SIZES = ['720x1280', '1280x720', '1024x1792', '1792x1024'];
const SORA_SECONDS = ['4', '8', '12'];

/** What Sora does not take; servers that only speak its protocol take any length up to a minute and any size. */
export function problemOf(provider: ProviderSlug, body: VideoBody): { field: string; message: string } | null {
  if (provider === 'openai' && !SORA_SECONDS.includes(body.seconds)) {
    return { field: 'seconds', message: `Invalid value: '${body.seconds}'. Supported values are: '4', '8', and '12'.` };
  }
  if (provider === 'openai' && !SORA_SIZES.includes(body.size)) {
    return { field: 'size', message: `Invalid value: '${body.size}'. Supported values are: ${SORA_SIZES.join(', ')}.` };
  }
  const seconds = Number(body.seconds);
  if (!(seconds > 0 && seconds <= 60)) return { field: 'seconds', message: 'Expected 1 to 60 seconds.' };
  if (ratioOf(body.size) === null) return { field: 'size', message: 'Expected WIDTHxHEIGHT.' };
  return null;
}

/** Width divided by height; null for what is no size. */
export function ratioOf(size: string): number | null {
  const match = /^(\d{2,5})x(\d{2,5})$/.exec(size);
  return match === null ? null : Number(match[1]) / Number(match[2]);
}
