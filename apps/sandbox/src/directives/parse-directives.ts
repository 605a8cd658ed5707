import { PROVIDER_SLUGS, type ProviderSlug } from '@lumenfall/contracts';

/** Where in a job's life a directive bites; everything that is not a job has only `submit`. */
export const MOMENTS = ['submit', 'poll', 'result', 'file'] as const;
export type Moment = (typeof MOMENTS)[number];

/** One `[sandbox …]` bracket, as written. Absent keys are null, absent flags false. */
export interface Directive {
  /** The bracket itself: what `times` counts by, together with the whole prompt. */
  source: string;
  provider: ProviderSlug | null;
  at: Moment | null;
  times: number | null;
  status: number | null;
  retryAfter: number | null;
  after: number | null;
  latency: number | null;
  cut: number | null;
  tokens: number | null;
  rate: number | null;
  empty: boolean;
  moderation: boolean;
  fail: boolean;
  hang: boolean;
  reset: boolean;
  tool: boolean;
  echo: boolean;
}

export interface ParsedDirectives {
  directives: readonly Directive[];
  /** One sentence for every key or value that means nothing here. */
  problems: readonly string[];
}

interface Range {
  field: 'times' | 'status' | 'retryAfter' | 'after' | 'latency' | 'cut' | 'tokens' | 'rate';
  least: number;
  most: number;
}

const NUMBERS: Readonly<Record<string, Range>> = {
  times: { field: 'times', least: 1, most: 1_000_000 },
  status: { field: 'status', least: 400, most: 599 },
  'retry-after': { field: 'retryAfter', least: 0, most: 86_400 },
  after: { field: 'after', least: 0, most: 100_000 },
  latency: { field: 'latency', least: 0, most: 3_600_000 },
  cut: { field: 'cut', least: 0, most: 100_000 },
  tokens: { field: 'tokens', least: 1, most: 100_000 },
  rate: { field: 'rate', least: 1, most: 100_000 },
};

const FLAGS = ['empty', 'moderation', 'fail', 'hang', 'reset', 'tool', 'echo'] as const;
type Flag = (typeof FLAGS)[number];

const BRACKET = /\[sandbox(?:\s([^\]]*))?\]/gi;
const NOTHING: ParsedDirectives = { directives: [], problems: [] };

const blank = (source: string): Directive => ({
  source,
  provider: null,
  at: null,
  times: null,
  status: null,
  retryAfter: null,
  after: null,
  latency: null,
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
});

/** Finds every `[sandbox key=value flag …]` in a text. Pure; a text without one costs a single search. */
export function parseDirectives(text: string): ParsedDirectives {
  if (!text.includes('[')) return NOTHING;
  const directives: Directive[] = [];
  const problems: string[] = [];
  for (const match of text.matchAll(BRACKET)) {
    const directive = blank(match[0]);
    for (const word of (match[1] ?? '').split(/[\s,]+/)) {
      if (word === '') continue;
      const problem = readWord(directive, word);
      if (problem !== null) problems.push(problem);
    }
    directives.push(directive);
  }
  return directives.length === 0 ? NOTHING : { directives, problems };
}

/** The text without its directives: what is drawn into pictures. */
export const withoutDirectives = (text: string): string => text.replace(BRACKET, ' ').replace(/\s+/g, ' ').trim();

/** Sets what one word says, or tells what is wrong with it. */
function readWord(directive: Directive, word: string): string | null {
  const [key = '', value] = word.toLowerCase().split('=', 2);
  if (value === undefined) {
    if (!isFlag(key)) return `'${word}' is no sandbox directive.`;
    directive[key] = true;
    return null;
  }
  if (key === 'provider') {
    const provider = PROVIDER_SLUGS.find((slug) => slug === value);
    if (provider === undefined) return `'${word}': provider is one of ${PROVIDER_SLUGS.join(', ')}.`;
    directive.provider = provider;
    return null;
  }
  if (key === 'at') {
    const at = MOMENTS.find((moment) => moment === value);
    if (at === undefined) return `'${word}': at is one of ${MOMENTS.join(', ')}.`;
    directive.at = at;
    return null;
  }
  const range = Object.hasOwn(NUMBERS, key) ? NUMBERS[key] : undefined;
  if (range === undefined) return `'${word}' is no sandbox directive.`;
  if (!/^\d+$/.test(value) || Number(value) < range.least || Number(value) > range.most) {
    return `'${word}': ${key} is a whole number from ${range.least} to ${range.most}.`;
  }
  directive[range.field] = Number(value);
  return null;
}

const isFlag = (word: string): word is Flag => (FLAGS as readonly string[]).includes(word);
