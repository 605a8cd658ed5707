import type { AnswerMetadata, ApiError, GeneratedImage, ImageUsage, UsageRecord } from '@lumenfall/contracts';

/** The images of a run, as a repeated request presents them again. */
export interface ImageRunAnswer {
  images: GeneratedImage[];
  metadata: AnswerMetadata;
  /** Unix seconds */
  created: number;
  usage?: ImageUsage | undefined;
}

export interface NewImageRun {
  requestId: string;
  organizationId: string;
  keyId: string;
  /** Scoped to the organization, for 24 hours; null if the client sent none. */
  idempotencyKey: string | null;
  /** Distinguishes a repeat of the same request from a different request. */
  bodyHash: string;
  deadline: Date;
}

export type ImageRunOutcome =
  { state: 'answered'; answer: ImageRunAnswer } | { state: 'failed'; error: ApiError; executedModel: string | null };

export type ImageRun = { requestId: string } & ({ state: 'running'; deadline: Date } | ImageRunOutcome);

/** The outcome of a run, and its usage record; null once the history has the record. */
export interface EndedImageRun {
  end: ImageRunOutcome;
  usage: UsageRecord | null;
}

/**
 * `begun`: a new run; `repeat`: of a run that is running or answered; `conflict`: its key belongs to a different
 * request.
 */
export type ImageRunBegin = { outcome: 'begun' } | { outcome: 'repeat'; run: ImageRun } | { outcome: 'conflict' };

/**
 * The image requests that are running or answered, so that a repeat is not generated and paid again. All times come
 * from the clock of the database, because the clocks of the processes may differ.
 */
export interface UnrecordedUsage {
  record: UsageRecord;
  /** When it was sent, or should have been. */
  since: Date;
}

export interface ImageRunStore {
  /**
   * Creates the run, or finds the run that the request repeats: under the same idempotency key within 24 hours, or, if
   * the client marked the request as a repeat, with the same body and API key within 10 minutes. The new run replaces
   * one that failed, whose files are gone, or that is past its deadline. Of several concurrent requests one begins.
   */
  begin(run: NewImageRun, options: { repeated: boolean }): Promise<ImageRunBegin>;
  /** Null: it was withdrawn or replaced. `wanted` also notes that a repeat waits for it. */
  find(requestId: string, options?: { wanted: boolean }): Promise<ImageRun | null>;
  /** True if a repeat waited for it within the last `withinMs`. */
  isWanted(requestId: string, withinMs: number): Promise<boolean>;
  /**
   * Stores the outcome of a running run; only the first outcome is stored. `kept` is the stored one, `first` is true if
   * this call stored it. Null if the run does not exist: it was never created, was withdrawn, or was replaced.
   */
  end(requestId: string, ended: EndedImageRun): Promise<{ kept: EndedImageRun; first: boolean } | null>;
  /** Null: as for `end`. */
  endOf(requestId: string): Promise<EndedImageRun | 'running' | null>;
  /**
   * Deletes a run that no worker has started, so that a repeat begins a new one. False if it has ended or does not
   * exist.
   */
  withdraw(requestId: string): Promise<boolean>;
  /** Deletes the answer of a run whose files were lost, so that a repeat begins a new run. */
  forget(requestId: string): Promise<void>;
  /**
   * At most `limit` usage records that the history should have since more than `olderThanMs`, and does not have: they
   * were not sent, are still on their way, or were lost.
   */
  unrecorded(olderThanMs: number, limit: number): Promise<UnrecordedUsage[]>;
  /** Restarts the time of an unrecorded usage record that was sent again. */
  sentAgain(requestId: string): Promise<void>;
  /**
   * Deletes answers whose files have expired, and runs without an answer that no repeat can find any more. @returns the
   * number of deleted runs
   */
  sweep(): Promise<number>;
}
