import type { AnswerMetadata, ApiError, GeneratedImage, ImageUsage, UsageRecord } from '@lumenfall/contracts';

/** The images of a run, as they are presented again to whoever repeats the request. */
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
  /** Scoped to the organization, for 24 hours; null where the client named none. */
  idempotencyKey: string | null;
  /** Tells a repeat of the same request from another one. */
  bodyHash: string;
  deadline: Date;
}

export type ImageRunOutcome =
  { state: 'answered'; answer: ImageRunAnswer } | { state: 'failed'; error: ApiError; executedModel: string | null };

export type ImageRun = { requestId: string } & ({ state: 'running'; deadline: Date } | ImageRunOutcome);

/** How a run ended, and the usage record that goes with it; null once that is in the history. */
export interface EndedImageRun {
  end: ImageRunOutcome;
  usage: UsageRecord | null;
}

/** What a request is: the first of its kind, a repeat of one that is running or answered, or another one under a key that is taken. */
export type ImageRunBegin = { outcome: 'begun' } | { outcome: 'repeat'; run: ImageRun } | { outcome: 'conflict' };

/**
 * Which image requests are running or have been answered, so that a repeat is not made and paid a second time. All times are
 * the database's own: the processes that ask may have other clocks.
 */
export interface ImageRunStore {
  /**
   * Writes the run, or finds the one that this is a repeat of: under the same idempotency key within 24 hours, or, where the client
   * marked it as a repeat, the same body by the same API key within 10 minutes. A run that failed, whose files are gone, or that is
   * past its deadline gives way to the new one. Of several at once one begins.
   */
  begin(run: NewImageRun, options: { repeated: boolean }): Promise<ImageRunBegin>;
  /** Null: it was withdrawn, or has given way to another. `wanted` also says that somebody waits for it. */
  find(requestId: string, options?: { wanted: boolean }): Promise<ImageRun | null>;
  /** Whether a repeat has waited for it within the last `withinMs`. */
  isWanted(requestId: string, withinMs: number): Promise<boolean>;
  /**
   * Ends a running run, durably and once: the first to say how it ended is right. `kept` is what holds, `first` whether this call
   * said it. Null where the run is not there: it was never written, was withdrawn, or has given way to another.
   */
  end(requestId: string, ended: EndedImageRun): Promise<{ kept: EndedImageRun; first: boolean } | null>;
  /** Null: as for `end`. */
  endOf(requestId: string): Promise<EndedImageRun | 'running' | null>;
  /** Takes back a run that nobody works on, so that a repeat begins anew. False where it has ended, or is gone already. */
  withdraw(requestId: string): Promise<boolean>;
  /** The files of an answered run are gone before their time: a repeat begins anew. */
  forget(requestId: string): Promise<void>;
  /** Usage records that the history should have had for `olderThanMs`, at most `limit`: a crash lost them on their way. */
  unrecorded(olderThanMs: number, limit: number): Promise<UsageRecord[]>;
  /** Forgets runs that no repeat can find any more, and answers whose files are gone. Returns how many rows went. */
  sweep(): Promise<number>;
}
