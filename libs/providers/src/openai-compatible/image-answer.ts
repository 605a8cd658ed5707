import { type Quantity, succeed } from '@lumenfall/contracts';
import { type ProviderHttp } from '../http/index.js';
import { isRecord, tokensOf } from '../json/fields.js';
import { findImages, withoutImage } from '../media/image-files.js';
import type { ImageGeneration, Outcome, ReportedDimension } from '../spec/index.js';

/** What `openAiImageUsage` reads. */
export const OPENAI_IMAGE_REPORTS: readonly ReportedDimension[] = [
  { type: 'input', metric: 'token', of: 'text' },
  { type: 'input', metric: 'token', of: 'image' },
  { type: 'cache_read', metric: 'token', of: 'text' },
  { type: 'cache_read', metric: 'token', of: 'image' },
  { type: 'output', metric: 'token', of: 'text' },
  { type: 'output', metric: 'token', of: 'image' },
];

/** The answer of `/images/generations` and `/images/edits`: GPT image models return base64, older ones URLs. */
export function openAiImageAnswer(body: unknown, http: Pick<ProviderHttp, 'failureIn'>): Outcome<ImageGeneration> {
  const found = findImages(body);
  if (found.images.length === 0) return withoutImage(body, found, http);
  const usage = isRecord(body) ? openAiImageUsage(body['usage']) : null;
  return succeed({ images: found.images, usage, reportedCostUsd: null });
}

/**
 * Tokens by what they encode: text and images as input, of which some were read from the cache, images as output (with
 * newer models, also text for their thoughts). Null if a total is missing, or if images were made of no tokens: such
 * usage would make paid work free.
 */
export function openAiImageUsage(value: unknown): Quantity[] | null {
  const usage = isRecord(value) ? value : {};
  const total = tokensOf(usage['total_tokens']);
  const out = tokensOf(usage['output_tokens']) ?? tokensOf(usage['completion_tokens']);
  const given = tokensOf(usage['input_tokens']) ?? tokensOf(usage['prompt_tokens']);
  const into = given ?? (total !== null && out !== null ? Math.max(0, total - out) : null);
  if (out === null || out === 0 || into === null) return null;
  const input = detailsIn(usage, 'input_tokens_details', 'prompt_tokens_details');
  const output = detailsIn(usage, 'output_tokens_details', 'completion_tokens_details');
  const cached = cachedTokens(input, into);
  const imagesIn = Math.min(into, tokensOf(input['image_tokens']) ?? 0);
  const textOut = Math.min(out, tokensOf(output['text_tokens']) ?? 0);
  const quantities: Quantity[] = [
    // The totals are exact; tokens that the details do not assign are text as input and images as output.
    { type: 'input', metric: 'token', of: 'text', quantity: Math.max(0, into - imagesIn - cached.text) },
    { type: 'input', metric: 'token', of: 'image', quantity: Math.max(0, imagesIn - cached.image) },
    { type: 'cache_read', metric: 'token', of: 'text', quantity: cached.text },
    { type: 'cache_read', metric: 'token', of: 'image', quantity: cached.image },
    { type: 'output', metric: 'token', of: 'text', quantity: textOut },
    { type: 'output', metric: 'token', of: 'image', quantity: out - textOut },
  ];
  return quantities.filter(({ quantity }) => quantity > 0);
}

/**
 * `cached_tokens` with `cached_tokens_details: {text_tokens, image_tokens}`. Without details the cached tokens are text
 * first, because a prompt begins with it.
 */
function cachedTokens(input: Record<string, unknown>, into: number): { text: number; image: number } {
  const details = isRecord(input['cached_tokens_details']) ? input['cached_tokens_details'] : {};
  const images = Math.min(into, tokensOf(input['image_tokens']) ?? 0);
  const [text, image] = [tokensOf(details['text_tokens']), tokensOf(details['image_tokens'])];
  const all = Math.min(into, tokensOf(input['cached_tokens']) ?? (text ?? 0) + (image ?? 0));
  const ofImages = Math.min(all, images, image ?? Math.max(0, all - (text ?? into - images)));
  return { text: Math.min(all - ofImages, into - images), image: ofImages };
}

function detailsIn(usage: Record<string, unknown>, ...names: readonly string[]): Record<string, unknown> {
  const found = names.map((name) => usage[name]).find(isRecord);
  return found ?? {};
}
