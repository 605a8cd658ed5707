import { type Quantity, succeed } from '@lumenfall/contracts';
import { bytesOfBase64, failed, type ProviderHttp } from '../http/index.js';
import { isRecord, textOf, tokensOf } from '../json/fields.js';
import { findImages, withoutImage } from '../media/image-files.js';
import type { ImageGeneration, Outcome, ProviderImage, ReportedDimension } from '../spec/index.js';

type Fields = Record<string, unknown>;

/** What `geminiUsage` reads. */
export const GEMINI_IMAGE_REPORTS: readonly ReportedDimension[] = [
  { type: 'input', metric: 'token', of: 'text' },
  { type: 'input', metric: 'token', of: 'image' },
  { type: 'cache_read', metric: 'token', of: 'text' },
  { type: 'cache_read', metric: 'token', of: 'image' },
  { type: 'output', metric: 'token', of: 'text' },
  { type: 'output', metric: 'token', of: 'image' },
];

/** The answer of `:generateContent`. A 200 without an image is a failure; its reasons and words say which one. */
export function geminiImageAnswer(
  body: unknown,
  model: string,
  http: Pick<ProviderHttp, 'failureIn'>,
): Outcome<ImageGeneration> {
  const fields = isRecord(body) ? body : {};
  const candidates = recordsIn(fields['candidates']);
  const parts = candidates.flatMap(({ content }) => (isRecord(content) ? recordsIn(content['parts']) : []));
  const images = parts.flatMap(imageOfPart);
  if (images.length > 0) {
    return succeed({ images, usage: geminiUsage(fields['usageMetadata']), reportedCostUsd: null });
  }
  if (candidates.length === 0 && !isRecord(fields['promptFeedback'])) return withoutCandidates(body, model, http);
  return withoutImageParts({ candidates, parts, feedback: fields['promptFeedback'], model });
}

/** Parts with `thought` are drafts of a thinking model, not the answer. */
function imageOfPart(part: Fields): ProviderImage[] {
  const inline = part['inlineData'] ?? part['inline_data'];
  const bytes = isRecord(inline) && typeof inline['data'] === 'string' ? bytesOfBase64(inline['data']) : null;
  return bytes === null || part['thought'] === true ? [] : [{ source: { kind: 'bytes', bytes }, revisedPrompt: null }];
}

/** A proxy answered in another shape, or reported an error under a good status. */
function withoutCandidates(
  body: unknown,
  model: string,
  http: Pick<ProviderHttp, 'failureIn'>,
): Outcome<ImageGeneration> {
  const found = findImages(body);
  if (found.images.length > 0) return succeed({ images: found.images, usage: null, reportedCostUsd: null });
  const isMalformed = isRecord(body) && body['candidates'] !== undefined && !Array.isArray(body['candidates']);
  const isUnreadable = found.isUnreadable || (isMalformed && body['candidates'] !== null);
  const outcome = withoutImage(body, { ...found, isUnreadable }, http);
  const isBare = !outcome.ok && outcome.error.kind === 'empty' && outcome.error.message.startsWith('The provider');
  return isBare ? failed('empty', `${model} returned no candidate`) : outcome;
}

const MODERATED = new Set([
  'SAFETY',
  'IMAGE_SAFETY',
  'PROHIBITED_CONTENT',
  'IMAGE_PROHIBITED_CONTENT',
  'BLOCKLIST',
  'SPII',
  'RECITATION',
  'IMAGE_RECITATION',
  'MODEL_ARMOR',
]);
const UNSPECIFIED = /^(?:finish|block(?:ed)?)_reason_unspecified$/i;

function withoutImageParts({
  candidates,
  parts,
  feedback,
  model,
}: {
  candidates: readonly Fields[];
  parts: readonly Fields[];
  feedback: unknown;
  model: string;
}): Outcome<never> {
  const blocked = isRecord(feedback) ? reasonIn(feedback, 'blockReason', 'block_reason') : null;
  if (blocked !== null) return failed('moderation', `The provider blocked the prompt (${blocked})`);
  const reasons = candidates.map((candidate) => reasonIn(candidate, 'finishReason', 'finish_reason'));
  const reason = reasons.find((one) => one !== null) ?? 'no reason';
  const words = [...parts.filter((part) => part['thought'] !== true), ...candidates]
    .map((entry) => textOf(entry['text']) ?? textOf(entry['finishMessage']))
    .filter((text) => text !== null)
    .join(' ')
    .trim();
  if (MODERATED.has(reason)) {
    return failed('moderation', words === '' ? `The provider refused the content (${reason})` : `${words} (${reason})`);
  }
  // The model decided to answer in words: the same prompt would be answered, and paid, in the same way again.
  if (words !== '') return failed('client', `${model} answered in words, without an image: ${words}`, { status: 200 });
  return failed('empty', `${model} returned ${reason} without image output`);
}

function reasonIn(fields: Fields, ...names: readonly string[]): string | null {
  const reason = names.map((name) => textOf(fields[name])).find((text) => text !== null) ?? null;
  return reason === null || UNSPECIFIED.test(reason) ? null : reason.toUpperCase();
}

/** Tokens by modality; thoughts are text output. Null if there is no figure, or none for the output. */
export function geminiUsage(value: unknown): Quantity[] | null {
  if (!isRecord(value)) return null;
  const prompt = tokensIn(value, 'promptTokenCount') + tokensIn(value, 'toolUsePromptTokenCount');
  const cached = Math.min(prompt, tokensIn(value, 'cachedContentTokenCount'));
  const thoughts = tokensIn(value, 'thoughtsTokenCount');
  // Older answers name the total only.
  const rest = Math.max(0, tokensIn(value, 'totalTokenCount') - prompt - thoughts);
  const answered = tokensIn(value, 'candidatesTokenCount') || rest;
  const imagesIn = Math.min(prompt, imageTokens(value['promptTokensDetails']));
  const answeredDetails = value['candidatesTokensDetails'];
  // Without details all tokens count as image output, which is most of the answer.
  const imagesOut = Math.min(answered, Array.isArray(answeredDetails) ? imageTokens(answeredDetails) : answered);
  const cachedImages = Math.min(cached, imagesIn, imageTokens(value['cacheTokensDetails']));
  const cachedText = Math.min(cached - cachedImages, prompt - imagesIn);
  // Images of no tokens would be free.
  if (imagesOut === 0) return null;
  const quantities: Quantity[] = [
    { type: 'input', metric: 'token', of: 'text', quantity: prompt - imagesIn - cachedText },
    { type: 'input', metric: 'token', of: 'image', quantity: imagesIn - cachedImages },
    { type: 'cache_read', metric: 'token', of: 'text', quantity: cachedText },
    { type: 'cache_read', metric: 'token', of: 'image', quantity: cachedImages },
    { type: 'output', metric: 'token', of: 'text', quantity: answered - imagesOut + thoughts },
    { type: 'output', metric: 'token', of: 'image', quantity: imagesOut },
  ];
  return quantities.filter(({ quantity }) => quantity > 0);
}

const tokensIn = (fields: Fields, name: string): number => tokensOf(fields[name]) ?? 0;

const imageTokens = (details: unknown): number =>
  recordsIn(details)
    .filter(({ modality }) => modality === 'IMAGE')
    .reduce((sum, entry) => sum + tokensIn(entry, 'tokenCount'), 0);

const recordsIn = (value: unknown): Fields[] => (Array.isArray(value) ? (value as unknown[]).filter(isRecord) : []);
