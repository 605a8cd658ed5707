/** How the providers of these tests behave, and what they take. */

export const CHAT_PROVIDERS = ['openrouter', 'openai', 'anthropic', 'gemini', 'openai-compatible'] as const;
export const IMAGE_PROVIDERS = ['vertex', 'gemini', 'fal', 'replicate'] as const;
export const PROVIDERS = [...new Set([...CHAT_PROVIDERS, ...IMAGE_PROVIDERS])];

/** Shares of failing calls, 28 to 32 % at each, in every way that another provider can make good. */
const FAILURES = {
  openrouter: { 500: 0.12, 429: 0.06, empty: 0.05, cut: 0.05, reset: 0.02 },
  openai: { 500: 0.15, 429: 0.05, empty: 0.05, cut: 0.03, hang: 0.004 },
  anthropic: { 500: 0.1, 503: 0.06, 429: 0.06, empty: 0.05, cut: 0.03, hang: 0.004 },
  gemini: { 500: 0.16, 429: 0.06, empty: 0.08 },
  'openai-compatible': { 502: 0.12, 429: 0.05, empty: 0.06, cut: 0.03, reset: 0.04 },
  vertex: { 500: 0.16, 429: 0.06, empty: 0.08 },
  fal: { 500: 0.16, 503: 0.04, 429: 0.04, empty: 0.06 },
  replicate: { 500: 0.2, 429: 0.1 },
} satisfies Record<(typeof PROVIDERS)[number], Record<string, number>>;

const QUICK = { p50: 15, p95: 80 };

/**
 * With this seed no provider's share of failures leaves 20 to 40 % after so many calls, however many more they become.
 */
const SEED = 16;
export const JUDGED_FROM = 60;

/** Everybody is often unwell. */
export const ILL = {
  seed: SEED,
  providers: Object.fromEntries(
    Object.entries(FAILURES).map(([provider, fail]) => [provider, { fail, latency_ms: QUICK, retry_after_s: 1 }]),
  ),
};

/** Everybody is well, but for those who are gone. */
export const wellBut = (...gone: string[]) => ({
  providers: {
    '*': { latency_ms: QUICK },
    ...Object.fromEntries(gone.map((provider) => [provider, { down: true }])),
  },
});

/** USD per token, as `models/failover-chat.yaml` has it; what OpenRouter takes is what the sandbox says. */
const TOKEN_PRICES: Readonly<Record<string, readonly [input: number, output: number]>> = {
  openrouter: [0.00000025, 0.000002],
  openai: [0.000011, 0.000031],
  anthropic: [0.000012, 0.000032],
  gemini: [0.000013, 0.000033],
  'openai-compatible': [0.000014, 0.000034],
};

/** USD per image, as `models/failover-picture.yaml` has it. */
const IMAGE_PRICES: Readonly<Record<string, number>> = { vertex: 0.011, gemini: 0.012, fal: 0.013, replicate: 0.014 };

/** What a chat must cost, in micros, by who delivered it. */
export function chatMicros(provider: string, promptTokens: number, completionTokens: number): number {
  const [input = Number.NaN, output = Number.NaN] = TOKEN_PRICES[provider] ?? [];
  if (provider === 'openrouter') return Math.round((promptTokens * input + completionTokens * output) * 1e6);
  return Math.round(promptTokens * input * 1e6) + Math.round(completionTokens * output * 1e6);
}

export const imageMicros = (provider: string): number => Math.round((IMAGE_PRICES[provider] ?? Number.NaN) * 1e6);
