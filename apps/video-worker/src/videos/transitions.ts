import { attemptOf, ownFailure, routeError, type CandidateCall } from '@lumenfall/execution';
import {
  priceUsage,
  isPriceable,
  plannedCharge,
  reportedCharge,
  usageRecordOf,
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
  type StoredFile,
  type VideoHandle,
  type VideoCandidate,
} from '@lumenfall/contracts';
import type { ProviderFailure } from '@lumenfall/providers';
import { mayFailOver } from '@lumenfall/routing';
import { nextPollAt } from './poll-pace.js';

/**
 * What a row becomes: pure functions of the row, what happened, and the time. A change to a terminal state carries the
 * usage record in the same statement, so that no end is without one.
 */

/** Longer than a submit may take (`VIDEO_SUBMIT_WHOLE_MS`); after it the row is taken for one whose worker died. */
export const SUBMIT_LEASE_MS = 150_000;
/** How long after a doubt, and after each look-up, a provider is asked whether it has the video after all. */
const LOOK_UP_MS = [2_000, 15_000, 60_000];
/** When a video for which no provider can be tried just now is tried again, and for how long. */
const COME_BACK_MS = 5_000;
const LONGEST_COMING_BACK_MS = 120_000;
const QUEUED_AGAIN = { state: 'queued', handle: null, progress: 0, pollCount: 0 } as const;
const NO_STOP = { credential: '', chosen: 'only', startedAt: 0 } as const;
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

/** Nothing can be tried just now, but soon perhaps: nobody waits for the answer, so the video can. Null after long enough. */
export function comeBackLater({ createdAt }: VideoRow, now: number): VideoChanges | null {
  if (now - createdAt.getTime() > LONGEST_COMING_BACK_MS) return null;
  return { nextActionAt: new Date(now + COME_BACK_MS) };
}

/** Every offering has had its chances: the last failure is what is told, or why there was not even one. */
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
  return failed({ ...row, candidate: row.candidate ?? { ...NO_STOP, choice } }, error, row.attempts, now);
}

function failureOf({ failure, message, upstreamStatus }: Attempt): ProviderFailure {
  return { kind: failure ?? 'transient', message: message ?? '', status: upstreamStatus, retryAfterMs: null };
}

export function submitted(row: VideoRow, handle: VideoHandle, now: number): VideoChanges {
  return { state: 'submitted', handle, pollCount: 0, nextActionAt: nextPollAt({ ...row, pollCount: 0 }, now) };
}

/** The provider may or may not have the work: it is looked for, and not submitted again unless it is certainly not there. */
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

/** A look-up that found nothing out. @param count of such look-ups so far; null: no other would find out more */
export function lookedUp(row: VideoRow, count: number | null, now: number): VideoChanges {
  return {
    pollCount: count ?? row.pollCount + 1,
    nextActionAt: count === null ? row.deadline : lookUpAt(row, count, now),
  };
}

/** The provider certainly has nothing of it: what was in doubt has failed, and may be tried again anywhere. */
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

/** A provider's verdict: the end where it is one on the request, else back in the queue, for whatever its route still has. */
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
  const costMicros = priceUsage(charge).totalMicros;
  const attempts = withAttempt(row, offering, null, now, costMicros);
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
  costMicros = 0,
): Attempt[] {
  const { credential = null, chosen = 'preferred', startedAt = row.createdAt.getTime() } = row.candidate ?? {};
  const attempt = attemptOf(offering, { credential, chosen }, { startedAt, endedAt: now }, failure);
  return [...row.attempts, { ...attempt, costMicros }];
}
