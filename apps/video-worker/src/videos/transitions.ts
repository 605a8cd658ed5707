import { videoMade } from '@lumenfall/catalog';
import { attemptOf, ownFailure, routeError, type CandidateCall } from '@lumenfall/execution';
import {
  priceUsage,
  isPriceable,
  noteCost,
  plannedCharge,
  reportedCharge,
  usageRecordOf,
  type MadeItem,
  type ProviderReport,
} from '@lumenfall/metering';
import type { VideoChanges, VideoRow } from '@lumenfall/videos';
import {
  apiError,
  executedModelOf,
  NOTHING_CHARGED,
  type ApiError,
  type Attempt,
  type PlannedOffering,
  type RouteChoice,
  type VideoHandle,
  type VideoOutput,
  type VideoCandidate,
} from '@lumenfall/contracts';
import type { ProviderFailure } from '@lumenfall/providers';
import { mayFailOver } from '@lumenfall/routing';

/**
 * The moves of a video row: pure functions of the row, an event and the time. A move to a terminal state carries the
 * usage record, so that both are written in one statement.
 */

/** Longer than a submission may take (`VIDEO_SUBMIT_WHOLE_MS`); after it, the worker counts as dead. */
export const SUBMIT_LEASE_MS = 150_000;
/** The waits before the look-ups of a submission of unknown outcome. */
const LOOK_UP_MS = [2_000, 15_000, 60_000];
/** The wait before a video without an available candidate is tried again, and for how long it is. */
const REQUEUE_MS = 5_000;
const LONGEST_REQUEUE_MS = 120_000;
const QUEUED_AGAIN = { state: 'queued', handle: null, progress: 0, pollCount: 0 } as const;
const NO_CANDIDATE = { credential: '', chosen: 'only', startedAt: 0 } as const;
/** Longer than fetching and storing a file may take. */
export const DELIVERY_LEASE_MS = 360_000;

export function submitting(
  row: VideoRow,
  {
    index,
    credential,
    chosen,
    startedAt,
  }: Pick<CandidateCall<unknown>, 'index' | 'credential' | 'chosen' | 'startedAt'>,
  choice: RouteChoice,
  now: number,
): VideoChanges {
  const candidate: VideoCandidate = { credential, chosen, startedAt, choice: row.candidate?.choice ?? choice };
  return { state: 'submitting', routeIndex: index, candidate, nextActionAt: new Date(now + SUBMIT_LEASE_MS) };
}

/** No candidate is available now but one may be soon. Null once the video has waited for long enough. */
export function requeued({ createdAt }: VideoRow, now: number): VideoChanges | null {
  if (now - createdAt.getTime() > LONGEST_REQUEUE_MS) return null;
  return { nextActionAt: new Date(now + REQUEUE_MS) };
}

/** No candidate is left: fails with the last failure, or with the reason why none was tried. */
export function nowhereToGo(
  row: VideoRow,
  nothing: { offering: PlannedOffering; failure: ProviderFailure },
  choice: RouteChoice,
  now: number,
): VideoChanges {
  const last = row.attempts.at(-1);
  const offering = row.plan.route.find((each) => executedModelOf(each) === last?.executedModel);
  const cause = last && offering ? { offering, failure: failureOf(last) } : nothing;
  const error = routeError(row.plan, cause.offering, cause.failure);
  return failed({ ...row, candidate: row.candidate ?? { ...NO_CANDIDATE, choice } }, error, row.attempts, now);
}

function failureOf({ failure, message, upstreamStatus }: Attempt): ProviderFailure {
  return { kind: failure ?? 'transient', message: message ?? '', status: upstreamStatus, retryAfterMs: null };
}

export function submitted(row: VideoRow, handle: VideoHandle, now: number): VideoChanges {
  return { state: 'submitted', handle, pollCount: 0, nextActionAt: nextPollAt({ ...row, pollCount: 0 }, now) };
}

/**
 * The outcome of a submission is unknown: it is looked up, and submitted again only if the provider certainly has no
 * job.
 */
export function inDoubt(
  row: VideoRow,
  offering: PlannedOffering,
  failure: ProviderFailure | null,
  now: number,
): VideoChanges {
  const cause = failure ?? ownFailure('ambiguous', 'The submission was interrupted');
  const attempts = withAttempt(row, offering, cause, now);
  return { state: 'unknown', pollCount: 0, attempts, nextActionAt: lookUpAt(row, 0, now) };
}

/** A look-up without a result. @param count of such look-ups so far; null: further ones are useless */
export function lookedUp(row: VideoRow, count: number | null, now: number): VideoChanges {
  return {
    pollCount: count ?? row.pollCount + 1,
    nextActionAt: count === null ? row.deadline : lookUpAt(row, count, now),
  };
}

/** The provider certainly has no job: the submission failed, and any candidate may be tried. */
export function notTaken(row: VideoRow, now: number): VideoChanges {
  const attempts = row.attempts.map((attempt, at): Attempt =>
    at === row.attempts.length - 1 && attempt.failure === 'ambiguous'
      ? { ...attempt, failure: 'transient', message: 'The provider did not take the video' }
      : attempt,
  );
  return { ...QUEUED_AGAIN, attempts, nextActionAt: new Date(now) };
}

function lookUpAt({ deadline }: VideoRow, count: number, now: number): Date {
  const delay = LOOK_UP_MS[count];
  return delay === undefined ? deadline : new Date(Math.min(now + delay, deadline.getTime()));
}

export function stillRunning(row: VideoRow, progress: number | null, now: number): VideoChanges {
  const pollCount = row.pollCount + 1;
  // Progress never falls, and reaches 100 only when the file is stored.
  const shown = Math.min(99, Math.max(row.progress, Math.round(progress ?? 0)));
  return { state: 'running', progress: shown, pollCount, nextActionAt: nextPollAt({ ...row, pollCount }, now) };
}

/** A poll or a fetch failed, which says nothing about the video. */
export function pollAgain(row: VideoRow, failure: ProviderFailure, now: number): VideoChanges {
  const pollCount = row.pollCount + 1;
  return { pollCount, nextActionAt: nextPollAt({ ...row, pollCount }, now, failure.retryAfterMs) };
}

/** Reserves the row while its file is fetched. */
export function delivering(now: number): VideoChanges {
  return { state: 'running', nextActionAt: new Date(now + DELIVERY_LEASE_MS) };
}

/** The provider failed the video: terminal after a verdict on the request, else queued for the next candidate. */
export function afterVerdict(
  row: VideoRow,
  offering: PlannedOffering,
  failure: ProviderFailure,
  now: number,
): VideoChanges {
  const attempts = withAttempt(row, offering, failure, now);
  if (mayFailOver(failure.kind)) return { ...QUEUED_AGAIN, attempts, nextActionAt: new Date(now) };
  return failed(row, routeError(row.plan, offering, failure), attempts, now);
}

/** A reference image has left the media store: the video cannot be submitted. */
export function referencesMissing(row: VideoRow, now: number): VideoChanges {
  const message = 'The reference images of the video are no longer stored. Send the request again';
  return failed(row, apiError('OVERLOADED', message), row.attempts, now);
}

export function timedOut(row: VideoRow, offering: PlannedOffering, now: number): VideoChanges {
  const failure = ownFailure('timeout', 'The video was not finished in time');
  // No candidate was tried, or the submission of unknown outcome has its attempt already.
  const hasAttempt = row.state === 'queued' || row.state === 'unknown';
  const attempts = hasAttempt ? row.attempts : withAttempt(row, offering, failure, now);
  return failed(row, apiError('TIMEOUT', 'The video was not finished within the time it may take'), attempts, now);
}

export function completed(
  row: VideoRow,
  offering: PlannedOffering,
  output: VideoOutput,
  report: ProviderReport,
  now: number,
): VideoChanges {
  const whole = { delivered: 1, of: 1 };
  const isReported = isPriceable(offering, report);
  const charge = isReported
    ? reportedCharge(offering, report, whole)
    : plannedCharge(offering, { ...whole, made: madeOf(output) });
  const costMicros = priceUsage(charge).totalMicros;
  const attempts = withAttempt(row, offering, null, now);
  const last = attempts.at(-1);
  if (last) noteCost(last, [{ charge, source: isReported ? 'provider' : 'plan' }], charge);
  const end = {
    status: 'completed',
    offering,
    charge,
    attempts,
    error: null,
    responseSizeBytes: output.sizeBytes,
    choice: row.candidate?.choice ?? null,
  } as const;
  return {
    state: 'completed',
    progress: 100,
    output,
    attempts,
    costMicros,
    usage: usageRecordOf(row.requestContext, end, now),
    completedAt: new Date(now),
  };
}

/** The video as it was measured; undefined if the file could not be read. */
function madeOf({ width, height, durationSeconds }: VideoOutput): MadeItem[] | undefined {
  return width === null || height === null ? undefined : [videoMade({ width, height, seconds: durationSeconds })];
}

function failed(row: VideoRow, error: ApiError, attempts: Attempt[], now: number): VideoChanges {
  const end = {
    status: 'upstream_failure',
    offering: null,
    charge: NOTHING_CHARGED,
    attempts,
    error,
    responseSizeBytes: null,
    choice: row.candidate?.choice ?? null,
  } as const;
  return {
    state: 'failed',
    error,
    attempts,
    costMicros: 0,
    usage: usageRecordOf(row.requestContext, end, now),
    completedAt: new Date(now),
  };
}

function withAttempt(
  row: VideoRow,
  offering: PlannedOffering,
  failure: ProviderFailure | null,
  now: number,
): Attempt[] {
  const { credential = null, chosen = 'preferred', startedAt = row.createdAt.getTime() } = row.candidate ?? {};
  return [...row.attempts, attemptOf(offering, { credential, chosen }, { startedAt, endedAt: now }, failure)];
}

const FIRST_POLL_MS = 500;
const LONGEST_POLL_MS = 10_000;
const POLL_GROWTH = 1.5;

/** The wait before the next poll, after `pollCount` polls: half a second, growing to ten. */
function pollDelayMs(pollCount: number): number {
  return Math.min(LONGEST_POLL_MS, Math.round(FIRST_POLL_MS * POLL_GROWTH ** Math.min(pollCount, 20)));
}

/** When the next poll is due, never later than the deadline. */
export function nextPollAt(
  { pollCount, deadline }: { pollCount: number; deadline: Date },
  now: number,
  retryAfterMs: number | null = null,
): Date {
  const delay = Math.max(pollDelayMs(pollCount), Math.min(retryAfterMs ?? 0, LONGEST_POLL_MS * 6));
  return new Date(Math.min(now + delay, Math.max(deadline.getTime(), now)));
}
