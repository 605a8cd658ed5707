import type { ProviderSlug } from '@lumenfall/contracts';
import type { Behaviour } from '../directives/behaviour.js';
import {
  CALM,
  type DownForm,
  type Failure,
  type Failures,
  type Latency,
  type Profile,
  type ProviderProfile,
} from './profile.js';

/** What a call makes. */
export type Work = 'chat' | 'image' | 'video';

/** What the profile draws for a call. */
export interface Drawn {
  latencyMs: number;
  failure: Failure | null;
  /** Seconds. */
  retryAfter: number | null;
}

/** The profile in force and the state of its random generators. */
export class Profiles {
  #profile: Profile = CALM;
  readonly #generators = new Map<ProviderSlug, Random>();

  get current(): Profile {
    return this.#profile;
  }

  /** Holds from the next call on; its draws start again. */
  set(profile: Profile): void {
    this.#profile = profile;
    this.#generators.clear();
  }

  /** Whether any provider is down by resetting connections. */
  get losesConnections(): boolean {
    return Object.values(this.#profile.providers).some(({ down }) => down === 'reset');
  }

  /** How the provider is down; null if it is up. */
  downOf(provider: ProviderSlug): DownForm | null {
    return this.#entryOf(provider)?.down ?? null;
  }

  /**
   * Each provider has a generator of its own: the nth call of a provider meets the same failure in every run, whatever
   * the others receive meanwhile. Null if nothing is in force.
   */
  draw(provider: ProviderSlug, work: Work, model: string): Drawn | null {
    const entry = this.#entryOf(provider);
    const mix = this.#profile.mix === null ? undefined : lumenfallMix(work, model);
    const latency = entry?.latency_ms ?? mix?.latency;
    const failures = entry?.fail ?? mix?.fail;
    if (latency === undefined && failures === undefined) return null;
    const random = this.#generatorOf(provider);
    return {
      latencyMs: Math.round(drawLatency(latency ?? 0, random) * this.#profile.time_scale),
      failure: drawFailure(failures ?? {}, random),
      retryAfter: entry?.retry_after_s ?? null,
    };
  }

  #entryOf(provider: ProviderSlug): ProviderProfile | undefined {
    return this.#profile.providers[provider] ?? this.#profile.providers['*'];
  }

  #generatorOf(provider: ProviderSlug): Random {
    const known = this.#generators.get(provider) ?? seededRandom(this.#profile.seed, provider);
    this.#generators.set(provider, known);
    return known;
  }
}

/** Applies what was drawn, as far as the prompt's directives leave it open; `failure` is the drawn one if it holds. */
export function applyDraw(directed: Behaviour, drawn: Drawn | null): { behaviour: Behaviour; failure: Failure | null } {
  if (drawn === null) return { behaviour: directed, failure: null };
  const slowed = directed.latencyMs > 0 ? directed : { ...directed, latencyMs: drawn.latencyMs };
  if (drawn.failure === null || saysHowItEnds(directed)) return { behaviour: slowed, failure: null };
  return { behaviour: { ...slowed, ...behaviourOf(drawn.failure, drawn.retryAfter) }, failure: drawn.failure };
}

const saysHowItEnds = (directed: Behaviour): boolean =>
  directed.status !== null ||
  directed.cut !== null ||
  directed.empty ||
  directed.moderation ||
  directed.fail ||
  directed.hang ||
  directed.reset ||
  directed.problems.length > 0;

/** Chunks before a stream breaks: the client has seen a part of the answer. */
const BREAK_AFTER_CHUNKS = 3;

function behaviourOf(failure: Failure, retryAfter: number | null): Partial<Behaviour> {
  switch (failure) {
    case 'empty':
    case 'moderation':
    case 'hang':
    case 'reset':
      return { [failure]: true };
    case 'cut':
      return { cut: 'start' };
    case 'break':
      return { cut: BREAK_AFTER_CHUNKS };
    default:
      return { status: Number(failure), retryAfter };
  }
}

/**
 * Lumenfall's published figures: about 77 % of image and 56 % of video requests succeed, over half of the failures are
 * content policy, and the 95th percentile runs from 5 s (flux schnell) to 7 min (kontext pro). How the rest of the
 * failures divides, and all of chat, is not published: that part is a guess.
 */
export function lumenfallMix(work: Work, model: string): { latency: Latency; fail: Failures } {
  if (work === 'chat') return { latency: { p50: 900, p95: 6_000 }, fail: { 429: 0.015, 500: 0.01, empty: 0.005 } };
  if (work === 'video') {
    const fail = { moderation: 0.25, 500: 0.1, 429: 0.05, empty: 0.02, reset: 0.01, hang: 0.01 };
    return { latency: { p50: 90_000, p95: 420_000 }, fail };
  }
  const fail = { moderation: 0.13, 500: 0.05, 429: 0.03, empty: 0.01, reset: 0.005, hang: 0.005 };
  if (/schnell|turbo|lightning/.test(model)) return { latency: { p50: 1_500, p95: 5_000 }, fail };
  if (model.includes('kontext')) return { latency: { p50: 25_000, p95: 420_000 }, fail };
  return { latency: { p50: 12_000, p95: 60_000 }, fail };
}

/** Numbers from 0 up to but without 1. */
export type Random = () => number;

/** Mulberry32: small, even enough for this, and the same on every machine. `name` separates generators of one seed. */
export function seededRandom(seed: number, name: string): Random {
  let state = seed;
  for (const character of name) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Which failure a call meets, null for none. Takes one random number. */
export function drawFailure(failures: Failures, random: Random): Failure | null {
  let left = random();
  for (const [name, share] of Object.entries(failures)) {
    left -= share ?? 0;
    if (left < 0) return name as Failure;
  }
  return null;
}

/** The 95th percentile of the standard normal distribution. */
const Z95 = 1.6449;
const LONGEST_MS = 3_600_000;

/**
 * Takes two random numbers even if the latency is fixed, so that later draws do not depend on it. @returns milliseconds
 */
export function drawLatency(latency: Latency, random: Random): number {
  const [first, second] = [random(), random()];
  if (typeof latency === 'number') return latency;
  const normal = Math.sqrt(-2 * Math.log(1 - first)) * Math.cos(2 * Math.PI * second);
  const sigma = Math.log(latency.p95 / latency.p50) / Z95;
  return Math.min(LONGEST_MS, latency.p50 * Math.exp(sigma * normal));
}
