import { PROVIDER_SLUGS, type ProviderSlug } from '@lumenfall/contracts';

/** Where in a job's life a directive holds; everything that is not a job has only `submit`. */
export const MOMENTS = ['submit', 'poll', 'result', 'file'] as const;
export type Moment = (typeof MOMENTS)[number];

const FLAGS = ['empty', 'moderation', 'fail', 'hang', 'reset', 'tool', 'echo'] as const;
type Flag = (typeof FLAGS)[number];

/** The keys that take a whole number, and their ranges. */
const NUMBERS = {
  times: [1, 1_000_000],
  status: [400, 599],
  'retry-after': [0, 86_400],
  after: [0, 100_000],
  latency: [0, 3_600_000],
  cut: [0, 100_000],
  tokens: [1, 100_000],
  rate: [1, 100_000],
} as const;
type NumberKey = keyof typeof NUMBERS;
type NumberField = Exclude<NumberKey, 'retry-after'> | 'retryAfter';

/** One `[sandbox …]` bracket, as written. Absent keys are null, absent flags false. */
export interface Directive extends Record<NumberField, number | null>, Record<Flag, boolean> {
  /** The bracket itself: `times` counts by it, together with the whole prompt. */
  source: string;
  provider: ProviderSlug | null;
  at: Moment | null;
}

export interface ParsedDirectives {
  directives: readonly Directive[];
  /** One sentence for every unknown key and every value out of range. */
  problems: readonly string[];
}

const BRACKET = /\[sandbox(?:\s([^\]]*))?\]/gi;
const NOTHING: ParsedDirectives = { directives: [], problems: [] };
const NO_NUMBERS = { times: null, status: null, retryAfter: null, after: null };
const NO_MORE_NUMBERS = { latency: null, cut: null, tokens: null, rate: null };
const NO_FLAGS = { empty: false, moderation: false, fail: false, hang: false, reset: false, tool: false, echo: false };

/** Finds every `[sandbox key=value flag …]` in a text. Pure; a text without one costs a single search. */
export function parseDirectives(text: string): ParsedDirectives {
  if (!text.includes('[')) return NOTHING;
  const directives: Directive[] = [];
  const problems: string[] = [];
  for (const [source, words = ''] of text.matchAll(BRACKET)) {
    const directive: Directive = { source, provider: null, at: null, ...NO_NUMBERS, ...NO_MORE_NUMBERS, ...NO_FLAGS };
    for (const word of words.split(/[\s,]+/)) {
      const problem = word === '' ? null : readWord(directive, word);
      if (problem !== null) problems.push(problem);
    }
    directives.push(directive);
  }
  return directives.length === 0 ? NOTHING : { directives, problems };
}

/** The text without its directives: what images show. */
export const withoutDirectives = (text: string): string => text.replace(BRACKET, ' ').replace(/\s+/g, ' ').trim();

/** Sets what one word says, or returns what is wrong with it. */
function readWord(directive: Directive, word: string): string | null {
  const [key = '', value] = word.toLowerCase().split('=', 2);
  if (value === undefined) {
    const flag = FLAGS.find((known) => known === key);
    if (flag === undefined) return `'${word}' is not a sandbox directive.`;
    directive[flag] = true;
    return null;
  }
  if (key === 'provider') {
    directive.provider = PROVIDER_SLUGS.find((slug) => slug === value) ?? null;
    return directive.provider === null ? `'${word}': provider is one of ${PROVIDER_SLUGS.join(', ')}.` : null;
  }
  if (key === 'at') {
    directive.at = MOMENTS.find((moment) => moment === value) ?? null;
    return directive.at === null ? `'${word}': at is one of ${MOMENTS.join(', ')}.` : null;
  }
  if (!isNumberKey(key)) return `'${word}' is not a sandbox directive.`;
  const [least, most] = NUMBERS[key];
  if (!/^\d+$/.test(value) || Number(value) < least || Number(value) > most) {
    return `'${word}': ${key} is a whole number from ${least} to ${most}.`;
  }
  directive[key === 'retry-after' ? 'retryAfter' : key] = Number(value);
  return null;
}

const isNumberKey = (key: string): key is NumberKey => Object.hasOwn(NUMBERS, key);
