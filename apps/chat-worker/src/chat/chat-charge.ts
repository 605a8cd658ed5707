import type { ChargeBasis, ChatUsage, Flow, PlannedOffering, Price, Quantity } from '@lumenfall/contracts';
import { feesOf } from '@lumenfall/metering';
import { Decimal } from 'decimal.js';
import { z } from 'zod';

export interface ReconciledUsage {
  usage: ChatUsage;
  /** True if tokens were counted here, or attributed to input or output without the provider saying so. */
  estimated: boolean;
}

export interface AnsweredChat {
  offering: Pick<PlannedOffering, 'estimate'>;
  /** As the provider reported it, null if it reported none. */
  reported: ChatUsage | null;
  /** Content, reasoning and tool calls that were delivered. */
  text: string;
  /** The stream broke or was cancelled: the provider's figures may be from before its last text. */
  interrupted: boolean;
}

/** No tokenizer gets more characters out of a token on average, so longer text contradicts the reported count. */
const MAX_CHARS_PER_TOKEN = 16;
/** Short answers are within the noise. */
const NEGLIGIBLE_CHARS = 64;

/**
 * The tokens of a chat: the provider's figures, checked against their own total and against the delivered text. What
 * the provider left out is the planned input and the output as counted here.
 */
export async function reconcileUsage(
  { offering, reported, text, interrupted }: AnsweredChat,
  countTokens: (text: string) => Promise<number>,
): Promise<ReconciledUsage> {
  const said = reported ?? { prompt_tokens: 0, completion_tokens: 0 };
  let { prompt, completion, estimated } = withinTotal(said);
  if (prompt === 0) {
    prompt = plannedInput(offering);
    estimated = true;
  }
  const bound = interrupted || completion === 0 ? 0 : completion * MAX_CHARS_PER_TOKEN + NEGLIGIBLE_CHARS;
  if (text.length > bound) {
    const counted = await countTokens(text);
    estimated ||= counted > completion;
    completion = Math.max(counted, completion);
  }
  const total = prompt + completion;
  const unchanged = prompt === said.prompt_tokens && completion === said.completion_tokens;
  if (unchanged && (said.total_tokens ?? total) === total) return { usage: said, estimated };
  return {
    usage: { ...said, prompt_tokens: prompt, completion_tokens: completion, total_tokens: total },
    estimated,
  };
}

/**
 * Input and output tokens that add up to the provider's total. Some providers count reasoning or cached tokens apart
 * from `completion_tokens` and `prompt_tokens`, or report one side only.
 */
function withinTotal(usage: ChatUsage): { prompt: number; completion: number; estimated: boolean } {
  let { prompt_tokens: prompt, completion_tokens: completion } = usage;
  const reasoning = usage.completion_tokens_details?.reasoning_tokens ?? 0;
  const details = usage.prompt_tokens_details;
  const cached = (details?.cached_tokens ?? 0) + (details?.cache_write_tokens ?? 0);
  let missing = usage.total_tokens === undefined ? null : Math.max(0, usage.total_tokens - prompt - completion);
  /** A part of `whole` is not in it if it is larger, or if it is what the total has beyond both. */
  const isApart = (part: number, whole: number): boolean =>
    part > 0 && (missing === null ? part > whole : missing === part || (part > whole && missing >= part));
  if (isApart(reasoning, completion)) {
    completion += reasoning;
    missing = missing === null ? null : missing - reasoning;
  }
  if (isApart(cached, prompt)) {
    prompt += cached;
    missing = missing === null ? null : missing - cached;
  }
  if (missing === null || missing === 0) return { prompt, completion, estimated: false };
  if (prompt === 0) return { prompt: missing, completion, estimated: false };
  // What no side accounts for is output that was not shown, such as reasoning; only without output is that certain.
  return { prompt, completion: completion + missing, estimated: completion > 0 };
}

function plannedInput({ estimate }: Pick<PlannedOffering, 'estimate'>): number {
  return estimate.reduce(
    (sum, { type, metric, quantity }) => (type === 'input' && metric === 'token' ? sum + quantity : sum),
    0,
  );
}

/** The charge for a chat. A cost that the provider reports stays exactly the decimal it wrote. */
export function chatCharge(
  { price, marginPercent }: Pick<PlannedOffering, 'price' | 'marginPercent'>,
  { usage, estimated }: ReconciledUsage,
): ChargeBasis {
  const details = usage.prompt_tokens_details;
  // Both are part of `prompt_tokens`: what has a price of its own is taken out of it.
  const cached = atMost(usage.prompt_tokens, details?.cached_tokens ?? 0);
  const written = atMost(usage.prompt_tokens - cached, details?.cache_write_tokens ?? 0);
  const fresh = usage.prompt_tokens - cached - written;
  const sent = modalitiesIn(details);
  const cachedAudio = modalitiesIn(details?.['cached_tokens_details']).audio;
  const quantities = [
    ...byModality(price, 'input', fresh, { ...sent, audio: Math.max(0, sent.audio - cachedAudio) }),
    ...byModality(price, 'cache_read', cached, { audio: cachedAudio, image: 0 }),
    ...byModality(price, 'cache_write', written, { audio: 0, image: 0 }),
    ...byModality(price, 'output', usage.completion_tokens, modalitiesIn(usage.completion_tokens_details)),
    ...feesOf(price),
  ].filter(({ quantity }) => quantity > 0);
  return { price, quantities, reportedCostUsd: decimalText(usage.cost ?? null), marginPercent, estimated };
}

/** The tokens of modalities that a provider may price apart from text. */
type Modalities = Record<'audio' | 'image', number>;

const tokenCount = z.number().int().nonnegative().nullish().catch(null);
const modalitiesSchema = z.object({ audio_tokens: tokenCount, image_tokens: tokenCount });

/** Reads `audio_tokens` and `image_tokens` in the details of a usage; 0 if they are absent. */
function modalitiesIn(details: unknown): Modalities {
  const { audio_tokens: audio, image_tokens: image } = modalitiesSchema.safeParse(details).data ?? {};
  return { audio: audio ?? 0, image: image ?? 0 };
}

/** Splits `total` tokens. A modality without a price line of its own is charged as text. */
function byModality(price: Price | null, type: Flow, total: number, parts: Modalities): Quantity[] {
  const isPriced = (of: keyof Modalities): boolean =>
    price?.lines.some((line) => line.type === type && line.metric === 'token' && line.of === of) ?? false;
  const audio = isPriced('audio') ? atMost(total, parts.audio) : 0;
  const image = isPriced('image') ? atMost(total - audio, parts.image) : 0;
  return [
    { type, metric: 'token', quantity: total - audio - image },
    { type, metric: 'token', of: 'audio', quantity: audio },
    { type, metric: 'token', of: 'image', quantity: image },
  ];
}

function atMost(limit: number, count: number): number {
  return Math.min(Math.max(0, count), limit);
}

function decimalText(usd: number | null): string | null {
  return usd === null ? null : new Decimal(usd).toFixed();
}
