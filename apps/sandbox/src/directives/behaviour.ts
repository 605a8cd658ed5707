import { createHash } from 'node:crypto';
import type { ProviderSlug } from '@lumenfall/contracts';
import type { Cut } from '../exchange/send-answer.js';
import { BoundedMap } from '../memory/bounded-map.js';
import { parseDirectives, type Directive, type Moment } from './parse-directives.js';

/** What one call has to do, all its directives taken together. */
export interface Behaviour {
  /** Answer with this HTTP status, in the provider's own error form. */
  status: number | null;
  /** Seconds for `Retry-After`. */
  retryAfter: number | null;
  /** With `status`: only after this many chunks of a stream. */
  after: number | null;
  /** Milliseconds to wait. */
  latencyMs: number;
  /** Where the latency was put by `at`; null where the prompt left it to the protocol. */
  latencyAt: Moment | null;
  /** Break the connection after this many chunks. */
  cut: Cut;
  /** Length of the answer. */
  tokens: number | null;
  /** Tokens per second. */
  rate: number | null;
  empty: boolean;
  moderation: boolean;
  fail: boolean;
  /** Never answer. */
  hang: boolean;
  /** Lose the connection before the first byte. */
  reset: boolean;
  tool: boolean;
  echo: boolean;
  problems: readonly string[];
}

export const PLAIN: Behaviour = {
  status: null,
  retryAfter: null,
  after: null,
  latencyMs: 0,
  latencyAt: null,
  cut: null,
  tokens: null,
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

/** Reads prompts as stage directions and remembers how often a `times=` one has been followed. */
export class Behaviours {
  readonly #followed = new BoundedMap<string, number>(10_000);

  /**
   * What a call with this prompt does at this provider and moment. A directive without `at` bites on submit. Counts
   * `times` by the bracket and the exact prompt, so tests with prompts of their own never meet.
   */
  take(prompt: string, provider: ProviderSlug, moment: Moment = 'submit'): Behaviour {
    const { directives, problems } = parseDirectives(prompt);
    if (directives.length === 0) return PLAIN;
    const behaviour: Behaviour = { ...PLAIN, problems };
    for (const directive of directives) {
      if (directive.provider !== null && directive.provider !== provider) continue;
      if ((directive.at ?? 'submit') !== moment) continue;
      if (directive.times !== null && !this.#stillFollowed(directive, prompt, directive.times)) continue;
      follow(behaviour, directive);
    }
    return behaviour;
  }

  #stillFollowed(directive: Directive, prompt: string, times: number): boolean {
    const key = createHash('sha1').update(directive.source).update('\0').update(prompt).digest('base64');
    const before = this.#followed.get(key) ?? 0;
    this.#followed.set(key, before + 1);
    return before < times;
  }
}

/** Lays a directive over what the earlier ones said. */
function follow(behaviour: Behaviour, directive: Directive): void {
  behaviour.status = directive.status ?? behaviour.status;
  behaviour.retryAfter = directive.retryAfter ?? behaviour.retryAfter;
  behaviour.after = directive.after ?? behaviour.after;
  if (directive.latency !== null) {
    behaviour.latencyMs = directive.latency;
    behaviour.latencyAt = directive.at;
  }
  behaviour.cut = directive.cut ?? behaviour.cut;
  behaviour.tokens = directive.tokens ?? behaviour.tokens;
  behaviour.rate = directive.rate ?? behaviour.rate;
  behaviour.empty ||= directive.empty;
  behaviour.moderation ||= directive.moderation;
  behaviour.fail ||= directive.fail;
  behaviour.hang ||= directive.hang;
  behaviour.reset ||= directive.reset;
  behaviour.tool ||= directive.tool;
  behaviour.echo ||= directive.echo;
}
