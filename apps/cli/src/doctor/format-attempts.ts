import type { Attempt } from '@lumenfall/contracts';
import { formatUsd, micros } from '@lumenfall/money';
import type { RequestReport } from '@lumenfall/ledger';
import { inTime } from '../columns.js';
import { CHOSEN, FAILED } from './explanations.js';

/** Time around the calls that is worth a word. */
const NOTABLE_MS = 250;

/** Each call, why it was made, and what came of it. */
export function tellAttempts({ attempts, durationMs, modality }: RequestReport): string[] {
  if (attempts.length === 0) return ['No provider was called.'];
  const lines = attempts.flatMap((attempt, at) => tellAttempt(attempt, at, attempts[at - 1]));
  const calls = attempts.reduce((sum, attempt) => sum + attempt.durationMs, 0);
  // A video's attempts last as long as its provider works, and what lies between them is on its row.
  const around = durationMs === null || modality === 'video' ? 0 : durationMs - calls;
  if (around >= NOTABLE_MS)
    lines.push(
      `beside the calls: ${inTime(around)}, in the queue, in pauses between two calls, or with the answer's files`,
    );
  return lines;
}

function tellAttempt(attempt: Attempt, at: number, before: Attempt | undefined): string[] {
  const { executedModel, credential, status, failure, message, upstreamStatus, durationMs, costMicros } = attempt;
  const answer = upstreamStatus === null ? '' : `, HTTP ${upstreamStatus}`;
  const kind = failure ?? 'unknown';
  const end =
    status === 'succeeded' ? 'succeeded' : `failed (${kind}${failure === null ? '' : `: ${FAILED[failure]}`})`;
  const lines = [
    `${at + 1}. ${executedModel}: ${end}${answer}, ${inTime(durationMs)}, ${formatUsd(micros(costMicros))}`,
    `   ${whyTried(attempt, before)}`,
  ];
  if (credential !== null) lines.push(`   key: ${credential}`);
  if (message !== null) lines.push(`   told: ${message}`);
  return lines;
}

/** Two lines at one stop may be one call: what it made and what it did not, or what was in doubt and then found. */
function whyTried({ executedModel, credential, chosen, status }: Attempt, before: Attempt | undefined): string {
  const isSame =
    before?.executedModel === executedModel && before.credential === credential && before.chosen === chosen;
  if (isSame && before.status === 'succeeded' && status === 'failed')
    return 'with the one before: it made some of what was asked for, and this is what became of the rest';
  if (isSame && before.failure === 'ambiguous')
    return 'the same submission: the provider was asked, and had it; it was not submitted again';
  return `tried because: ${chosen}, ${CHOSEN[chosen]}`;
}
