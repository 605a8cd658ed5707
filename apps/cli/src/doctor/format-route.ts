import { executedModelOf, type Attempt, type RouteChoice } from '@lumenfall/contracts';
import type { RequestReport } from '@lumenfall/ledger';
import { formatUsd, micros } from '@lumenfall/money';
import { inColumns, inTime } from '../columns.js';
import { CALL_REASON, CIRCUIT_STATE, FAILURE, whyNotUsed } from './explanations.js';

/** The candidates as they were weighed. For a video that is not submitted yet: as they were planned. */
export function formatRoute({ choice, video }: RequestReport): string[] {
  if (choice !== null) return [...formatOrder(choice), ...formatUnhealthy(choice), ...formatNotUsed(choice.passedOver)];
  if (video === null) return ['No provider was chosen.'];
  const { route, passedOver } = video.plan;
  const rows = route.map((offering, at) => [
    `${at + 1}.`,
    executedModelOf(offering),
    String(offering.priority),
    String(offering.weight),
    offering.price?.version ?? 'reported by the provider',
  ]);
  return [
    'as planned:',
    ...inColumns([['', 'offering', 'priority', 'weight', 'price version'], ...rows]),
    ...formatNotUsed(passedOver),
  ];
}

const HEAD = ['', 'offering', 'key', 'priority', 'weight', 'expected', 'circuit', 'success', 'latency', 'share'];
const RIGHT = new Set([3, 4, 5, 7, 8, 9]);

function formatOrder({ order }: RouteChoice): string[] {
  const rows = order.map((candidate, at) => [
    `${at + 1}.`,
    candidate.executedModel,
    candidate.credential ?? '-',
    String(candidate.priority),
    String(candidate.weight),
    candidate.expectedMicros == null ? '-' : formatUsd(micros(candidate.expectedMicros)),
    candidate.circuitState,
    candidate.successRate === null ? '-' : percent(candidate.successRate),
    candidate.latencyMs === null ? '-' : inTime(candidate.latencyMs),
    percent(candidate.share),
  ]);
  return inColumns([HEAD, ...rows], RIGHT);
}

const formatUnhealthy = ({ order }: RouteChoice): string[] =>
  order.flatMap(({ circuitState, executedModel, credential }) =>
    circuitState === 'healthy'
      ? []
      : [`not preferred: ${executedModel} with ${credential ?? 'no key'} (${CIRCUIT_STATE[circuitState]})`],
  );

const formatNotUsed = (passedOver: readonly { executedModel: string; why: string }[]): string[] =>
  passedOver.map(({ executedModel, why }) => `not used: ${executedModel} (${whyNotUsed(why)})`);

const percent = (share: number): string => `${Math.round(share * 1_000) / 10} %`;

/** Time outside the calls is shown from this many ms. */
const SHOWN_OVERHEAD_MS = 250;

/** Each call to a provider, the reason for it, and its outcome. */
export function formatAttempts({ attempts, durationMs, modality }: RequestReport): string[] {
  if (attempts.length === 0) return ['No provider was called.'];
  const lines = attempts.flatMap((attempt, at) => formatAttempt(attempt, at, attempts[at - 1]));
  const calls = attempts.reduce((sum, attempt) => sum + attempt.durationMs, 0);
  // The attempts of a video include the time that its provider needs; its row shows the waits between its steps.
  const overheadMs = durationMs === null || modality === 'video' ? 0 : durationMs - calls;
  if (overheadMs >= SHOWN_OVERHEAD_MS) {
    lines.push(`outside the calls: ${inTime(overheadMs)} in the queue, in pauses between calls, and for files`);
  }
  return lines;
}

function formatAttempt(attempt: Attempt, at: number, before: Attempt | undefined): string[] {
  const { executedModel, credential, status, failure, message, upstreamStatus, durationMs, costMicros } = attempt;
  const http = upstreamStatus === null ? '' : `, HTTP ${upstreamStatus}`;
  const outcome =
    status === 'succeeded'
      ? 'succeeded'
      : `failed (${failure === null ? 'unknown' : `${failure}: ${FAILURE[failure]}`})`;
  const lines = [
    `${at + 1}. ${executedModel}: ${outcome}${http}, ${inTime(durationMs)}, ${formatUsd(micros(costMicros))}`,
    `   ${reasonOf(attempt, before)}`,
  ];
  if (credential !== null) lines.push(`   key: ${credential}`);
  if (message !== null) lines.push(`   message: ${message}`);
  return lines;
}

/**
 * Two attempts at one candidate may describe one call: partly delivered, or uncertain at first and reconciled later.
 */
function reasonOf({ executedModel, credential, chosen, status }: Attempt, before: Attempt | undefined): string {
  const isSame =
    before?.executedModel === executedModel && before.credential === credential && before.chosen === chosen;
  if (isSame && before.status === 'succeeded' && status === 'failed') {
    return 'part of the call above: it delivered some of the images, this is the failure of the others';
  }
  if (isSame && before.failure === 'ambiguous') {
    return 'the submission above: the provider had accepted it, so it was not submitted again';
  }
  return `reason: ${chosen}, ${CALL_REASON[chosen]}`;
}
