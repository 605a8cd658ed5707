import { priceUsage } from '@lumenfall/catalog';
import {
  apiError,
  NOTHING_CHARGED,
  type ApiError,
  type Attempt,
  type PlannedOffering,
  type StoredFile,
  type VideoHandle,
} from '@lumenfall/contracts';
import type { VideoChanges, VideoRow } from '@lumenfall/database';
import {
  attemptOf,
  isPriceable,
  mayGoOn,
  ownFailure,
  plannedCharge,
  reportedCharge,
  routeError,
  usageRecordOf,
  type ProviderReport,
} from '@lumenfall/execution';
import type { ProviderFailure } from '@lumenfall/providers';
import { nextPollAt } from './poll-pace.js';

/**
 * What a row becomes: pure functions of the row, what happened, and the time. A change to a terminal state carries the
 * usage record in the same statement, so that no end is without one.
 */

/** Longer than a submit may take (`VIDEO_SUBMIT_WHOLE_MS`); after it the row is taken for one whose worker died. */
export const SUBMIT_LEASE_MS = 150_000;
/** Longer than fetching and storing a file may take. */
export const DELIVERY_LEASE_MS = 360_000;

export function submitting(now: number): VideoChanges {
  return { state: 'submitting', nextActionAt: new Date(now + SUBMIT_LEASE_MS) };
}

export function submitted(row: VideoRow, handle: VideoHandle, now: number): VideoChanges {
  return { state: 'submitted', handle, pollCount: 0, nextActionAt: nextPollAt({ ...row, pollCount: 0 }, now) };
}

/** The provider may or may not have the work. It waits for its deadline, and is never submitted again. */
export function inDoubt(
  row: VideoRow,
  offering: PlannedOffering,
  failure: ProviderFailure | null,
  now: number,
): VideoChanges {
  const cause = failure ?? ownFailure('ambiguous', 'The submission was interrupted');
  return { state: 'unknown', nextActionAt: row.deadline, attempts: withAttempt(row, offering, cause, now) };
}

export function stillRunning(row: VideoRow, progress: number | null, now: number): VideoChanges {
  const pollCount = row.pollCount + 1;
  // Never backwards, and never complete before the file is here.
  const shown = Math.min(99, Math.max(row.progress, Math.round(progress ?? 0)));
  return { state: 'running', progress: shown, pollCount, nextActionAt: nextPollAt({ ...row, pollCount }, now) };
}

/** A look, or a fetch, that failed says nothing about the video. */
export function lookAgain(row: VideoRow, failure: ProviderFailure, now: number): VideoChanges {
  const pollCount = row.pollCount + 1;
  return { pollCount, nextActionAt: nextPollAt({ ...row, pollCount }, now, failure.retryAfterMs) };
}

/** Reserves the row while its file is fetched. */
export function delivering(now: number): VideoChanges {
  return { state: 'running', nextActionAt: new Date(now + DELIVERY_LEASE_MS) };
}

/** A provider's verdict: on to the next offering where the failure allows it and one is left, else the end. */
export function afterVerdict(
  row: VideoRow,
  offering: PlannedOffering,
  failure: ProviderFailure,
  now: number,
): VideoChanges {
  const attempts = withAttempt(row, offering, failure, now);
  if (mayGoOn(failure.kind) && row.plan.route.length > row.routeIndex + 1) {
    const routeIndex = row.routeIndex + 1;
    return {
      state: 'queued',
      routeIndex,
      handle: null,
      progress: 0,
      pollCount: 0,
      attempts,
      nextActionAt: new Date(now),
    };
  }
  return failed(row, routeError(row.plan, offering, failure), attempts, now);
}

export function timedOut(row: VideoRow, offering: PlannedOffering, now: number): VideoChanges {
  const failure = ownFailure('timeout', 'The video was not finished in time');
  // Nobody was asked yet, or the doubtful submission has its line already.
  const untold = row.state === 'queued' || row.state === 'unknown';
  const attempts = untold ? row.attempts : withAttempt(row, offering, failure, now);
  return failed(row, apiError('TIMEOUT', 'The video was not finished within the time it may take'), attempts, now);
}

export function completed(
  row: VideoRow,
  offering: PlannedOffering,
  output: StoredFile,
  report: ProviderReport,
  now: number,
): VideoChanges {
  const whole = { delivered: 1, of: 1 };
  const charge = isPriceable(offering, report)
    ? reportedCharge(offering, report, whole)
    : plannedCharge(offering, whole);
  const attempts = withAttempt(row, offering, null, now);
  const end = {
    status: 'completed',
    offering,
    charge,
    attempts,
    error: null,
    responseSizeBytes: output.sizeBytes,
  } as const;
  return {
    state: 'completed',
    progress: 100,
    output,
    attempts,
    costMicros: priceUsage(charge).totalMicros,
    usage: usageRecordOf(row.facts, end, now),
    completedAt: new Date(now),
  };
}

function failed(row: VideoRow, error: ApiError, attempts: Attempt[], now: number): VideoChanges {
  const end = {
    status: 'upstream_failure',
    offering: null,
    charge: NOTHING_CHARGED,
    attempts,
    error,
    responseSizeBytes: null,
  } as const;
  return {
    state: 'failed',
    error,
    attempts,
    costMicros: 0,
    usage: usageRecordOf(row.facts, end, now),
    completedAt: new Date(now),
  };
}

function withAttempt(
  row: VideoRow,
  offering: PlannedOffering,
  failure: ProviderFailure | null,
  now: number,
): Attempt[] {
  const earlier = row.attempts.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const startedAt = row.createdAt.getTime() + earlier;
  return [...row.attempts, attemptOf(offering, startedAt, now, failure)];
}
