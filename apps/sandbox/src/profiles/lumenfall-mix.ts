import type { Failures, Latency } from './profile.js';

/** What a call is to make. */
export type Work = 'chat' | 'image' | 'video';

/** How a kind of call behaves. */
export interface Mix {
  latency: Latency;
  fail: Failures;
}

/**
 * Lumenfall's published figures: about 77 % of image and 56 % of video requests succeed, over half of the failures are
 * content policy, and the 95th percentile runs from 5 s (flux schnell) to 7 min (kontext pro). How the rest of the failures
 * divides, and all of chat, is not published: that part is our guess.
 */
export function lumenfallMix(work: Work, model: string | null): Mix {
  if (work === 'chat') return { latency: { p50: 900, p95: 6_000 }, fail: { 429: 0.015, 500: 0.01, empty: 0.005 } };
  if (work === 'video') {
    return {
      latency: { p50: 90_000, p95: 420_000 },
      fail: { moderation: 0.25, 500: 0.1, 429: 0.05, empty: 0.02, reset: 0.01, hang: 0.01 },
    };
  }
  return {
    latency: imageLatency(model ?? ''),
    fail: { moderation: 0.13, 500: 0.05, 429: 0.03, empty: 0.01, reset: 0.005, hang: 0.005 },
  };
}

function imageLatency(model: string): Latency {
  if (/schnell|turbo|lightning/.test(model)) return { p50: 1_500, p95: 5_000 };
  if (model.includes('kontext')) return { p50: 25_000, p95: 420_000 };
  return { p50: 12_000, p95: 60_000 };
}
