import type { ProviderSlug } from '@lumenfall/contracts';
import { drawFailure, drawLatency, seededRandom, type Random } from './draw.js';
import { lumenfallMix, type Work } from './lumenfall-mix.js';
import { CALM, type DownForm, type Failure, type Profile, type ProviderProfile } from './profile.js';

/** What the profile has in mind for a call. */
export interface Drawn {
  latencyMs: number;
  failure: Failure | null;
  /** Seconds. */
  retryAfter: number | null;
}

/** The profile that holds now, and where its generators stand. */
export class Profiles {
  #profile: Profile = CALM;
  readonly #generators = new Map<ProviderSlug, Random>();

  get current(): Profile {
    return this.#profile;
  }

  /** Holds from the next call on; its draws begin anew. */
  set(profile: Profile): void {
    this.#profile = profile;
    this.#generators.clear();
  }

  /** Whether a host is gone, and its connections with it. */
  get losesConnections(): boolean {
    return Object.values(this.#profile.providers).some(({ down }) => down === 'reset');
  }

  /** Whether, and how, nobody is there. */
  downOf(provider: ProviderSlug): DownForm | null {
    return this.#entryOf(provider)?.down ?? null;
  }

  /**
   * Decides about a call. Each provider has a generator of its own, so the nth call of a provider meets the same fate in
   * every run, whatever the others are asked meanwhile. Null where nothing is in force.
   */
  draw(provider: ProviderSlug, work: Work, model: string | null): Drawn | null {
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
    const known = this.#generators.get(provider);
    if (known !== undefined) return known;
    const made = seededRandom(this.#profile.seed, provider);
    this.#generators.set(provider, made);
    return made;
  }
}
