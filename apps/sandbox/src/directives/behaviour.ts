import { createHash } from 'node:crypto';
import type { ProviderSlug } from '@lumenfall/contracts';
import { LRUCache } from 'lru-cache';
import { parseDirectives, type Directive, type Moment } from './parse-directives.js';

/** After how many chunks of a stream the connection breaks; `start`: when only the headers are out. */
export type Cut = number | 'start' | null;

/** What one call has to do, all directives of its prompt taken together. */
export interface Behaviour extends Omit<Directive, 'source' | 'provider' | 'at' | 'times' | 'latency' | 'cut'> {
  /** Milliseconds to wait. */
  latencyMs: number;
  /** Where `at` puts the latency; null if the prompt leaves it to the protocol. */
  latencyAt: Moment | null;
  cut: Cut;
  /** Mistakes in the directives. */
  problems: readonly string[];
}

export const PLAIN: Behaviour = {
  /** Answer with this HTTP status, in the provider's own error form. */
  status: null,
  /** Seconds. */
  retryAfter: null,
  /** With `status`: only after this many chunks of a stream. */
  after: null,
  latencyMs: 0,
  latencyAt: null,
  cut: null,
  /** Length of the answer. */
  tokens: null,
  /** Tokens per second. */
  rate: null,
  empty: false,
  moderation: false,
  fail: false,
  hang: false,
  reset: false,
  tool: false,
  echo: false,
  problems: [],
};

/** Reads the directives of prompts and counts how often those with `times=` have been applied. */
export class Behaviours {
  readonly #applied = new LRUCache<string, number>({ max: 10_000 });

  /**
   * What a call with this prompt does at this provider and moment. A directive without `at` holds on submit. `times`
   * counts by the bracket and the exact prompt, so tests with prompts of their own do not interfere.
   */
  take(prompt: string, provider: ProviderSlug, moment: Moment = 'submit'): Behaviour {
    const { directives, problems } = parseDirectives(prompt);
    if (directives.length === 0) return PLAIN;
    let behaviour: Behaviour = { ...PLAIN, problems };
    for (const directive of directives) {
      if (directive.provider !== null && directive.provider !== provider) continue;
      if ((directive.at ?? 'submit') !== moment) continue;
      if (directive.times !== null && !this.#isDue(directive, prompt, directive.times)) continue;
      behaviour = overlay(behaviour, directive);
    }
    return behaviour;
  }

  #isDue(directive: Directive, prompt: string, times: number): boolean {
    const key = createHash('sha1').update(directive.source).update('\0').update(prompt).digest('base64');
    const before = this.#applied.get(key) ?? 0;
    this.#applied.set(key, before + 1);
    return before < times;
  }
}

/** If both say something, the later directive wins. */
function overlay(earlier: Behaviour, { at, latency, ...later }: Directive): Behaviour {
  const said = Object.entries(later).filter(([field, value]) => field in PLAIN && value !== null && value !== false);
  const delay = latency === null ? {} : { latencyMs: latency, latencyAt: at };
  return { ...earlier, ...Object.fromEntries(said), ...delay };
}
