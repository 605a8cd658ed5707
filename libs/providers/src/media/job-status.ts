/** The state of a job, by the word for it. `unknown-job`: the server does not find the job (yet). */
export type JobStatus = 'running' | 'succeeded' | 'failed' | 'cancelled' | 'moderated' | 'unknown-job';

const WORDS: Readonly<Record<Exclude<JobStatus, 'running'>, readonly string[]>> = {
  succeeded: [
    'succeeded',
    'succeed',
    'success',
    'successful',
    'completed',
    'complete',
    'done',
    'finished',
    'ready',
    'ok',
  ],
  failed: ['failed', 'fail', 'failure', 'error', 'errored', 'rejected', 'expired', 'timed out', 'timeout'],
  cancelled: ['cancelled', 'canceled', 'aborted', 'deleted'],
  moderated: ['blocked', 'content blocked', 'content policy violation'],
  'unknown-job': ['task not found', 'job not found', 'not found'],
};
const STATUS_OF = new Map(
  Object.entries(WORDS).flatMap(([status, words]) => words.map((word) => [word, status as JobStatus] as const)),
);

const MODERATED = /\b(?:moderated|filtered|nsfw|safety)\b|\bmoderation failed\b/;

/**
 * The state behind a status word in any case and spelling: `COMPLETED`, `timed_out`, `Content Moderated`,
 * `TASK_STATUS_SUCCEED`. A word that is not known means that the job is running; its deadline ends it. Null if the
 * field is not a text.
 */
export function jobStatusOf(value: unknown): JobStatus | null {
  if (typeof value !== 'string') return null;
  const word = value
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .replace(/^(?:task|job|video|image|request)? ?(?:status|state) /, '');
  return STATUS_OF.get(word) ?? (MODERATED.test(word) ? 'moderated' : 'running');
}

/** A percentage between 0 and 100, written as 40, "40" or "40%"; null for anything else. */
export function progressOf(value: unknown): number | null {
  const number = numberOf(typeof value === 'string' ? value.replace(/%\s*$/, '') : value);
  return number === null ? null : Math.min(100, Math.max(0, number));
}

/** A finite number, also if it is written as text; null for anything else. */
export function numberOf(value: unknown): number | null {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
  return Number.isFinite(number) ? number : null;
}

/** A price or an amount: a number that is not negative; null for anything else. */
export function amountOf(value: unknown): number | null {
  const number = numberOf(value);
  return number === null || number < 0 ? null : number;
}

/** An id, also if it is a number; null for anything else. */
export function idOf(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}
