import type {
  ApiError,
  Attempt,
  MediaRetention,
  Plan,
  RequestContext,
  StoredVideoRequest,
  UsageRecord,
  VideoHandle,
  VideoOutput,
  VideoCandidate,
} from '@lumenfall/contracts';
import type { VideoState } from './video-state.js';

/** Called for a row whose JSON does not match its schema; the other rows are returned. */
export type OnUnreadable = (requestId: string, error: unknown) => void;

export interface VideoRow {
  requestId: string;
  organizationId: string;
  keyId: string;
  state: VideoState;
  /** Increases by one with every move. */
  version: number;
  requestContext: RequestContext;
  plan: Plan;
  /** Null once the texts of the caller have been deleted. */
  request: StoredVideoRequest | null;
  /** As requested, or the model's default. Kept when the request is forgotten. */
  seconds: string;
  size: string;
  prompt: string | null;
  clientMetadata: Record<string, string> | null;
  /** The offering of the plan's route that is being tried. */
  routeIndex: number;
  handle: VideoHandle | null;
  /** How that offering was chosen; null before the first submission. */
  candidate: VideoCandidate | null;
  /** Percent. */
  progress: number;
  attempts: Attempt[];
  pollCount: number;
  nextActionAt: Date;
  deadline: Date;
  mediaRetention: MediaRetention;
  output: VideoOutput | null;
  error: ApiError | null;
  costMicros: number | null;
  estimateMicros: number;
  usage: UsageRecord | null;
  usageQueuedAt: Date | null;
  createdAt: Date;
  completedAt: Date | null;
}

/** The columns that a move may change; the others never change. */
export type VideoChanges = Partial<
  Pick<
    VideoRow,
    | 'state'
    | 'request'
    | 'prompt'
    | 'clientMetadata'
    | 'routeIndex'
    | 'handle'
    | 'candidate'
    | 'progress'
    | 'attempts'
    | 'pollCount'
    | 'nextActionAt'
    | 'deadline'
    | 'output'
    | 'error'
    | 'costMicros'
    | 'usage'
    | 'usageQueuedAt'
    | 'completedAt'
  >
>;

export interface NewVideo {
  /** Names the row (`requestId`), its owner and its time of creation. */
  requestContext: RequestContext;
  plan: Plan;
  request: StoredVideoRequest;
  /** As requested, or the model's default. */
  seconds: string;
  size: string;
  prompt: string | null;
  clientMetadata: Record<string, string> | null;
  nextActionAt: Date;
  deadline: Date;
  mediaRetention: MediaRetention;
  estimateMicros: number;
  /** Scoped to the organization, for 24 hours. */
  idempotencyKey: string | null;
  /** Distinguishes a repeat of the same body from another body under the same key. */
  bodyHash: string;
}

/** The video that has the idempotency key already: `replayed` if the body is the same, else `conflict`. */
export interface EarlierVideo {
  outcome: 'replayed' | 'conflict';
  video: VideoRow;
}

export interface VideoStore {
  /**
   * Writes the row, state `pending`. If a video has the idempotency key already, returns that video instead; it may be
   * pending too.
   */
  create(input: NewVideo): Promise<EarlierVideo | { outcome: 'created'; video: VideoRow }>;
  /**
   * Queues a pending video whose hold is placed, and writes its line in the request history (`processing`), in one
   * transaction. Null if it is not pending, or was withdrawn.
   */
  admit(requestId: string): Promise<VideoRow | null>;
  /** Deletes a pending video: it was refused. True if there was one; from then on it cannot be admitted. */
  withdraw(requestId: string): Promise<boolean>;
  /**
   * Deletes the pending videos whose gateway died: their next action was due before `olderThan`. @returns their number
   */
  withdrawForgotten(olderThan: Date): Promise<number>;
  /**
   * The video of the last 24 hours under this key, so that a repeat needs no credit. Concurrent repeats are decided by
   * `create`.
   */
  findEarlier(
    input: Pick<NewVideo, 'bodyHash'> & { organizationId: string; idempotencyKey: string },
  ): Promise<EarlierVideo | null>;
  /** Pending ones too. */
  get(requestId: string): Promise<VideoRow | null>;
  /** True if a video has the provider's job of this id. */
  isTaken(upstreamId: string): Promise<boolean>;
  /** Null also for a pending video, and for one of another organization. */
  find(organizationId: string, requestId: string): Promise<VideoRow | null>;
  /**
   * Without pending ones, by creation; `after` is a request id of the same organization, the list is empty if it is
   * unknown.
   */
  list(
    organizationId: string,
    query: { after?: string | undefined; limit: number; order: 'asc' | 'desc' },
  ): Promise<{ videos: VideoRow[]; hasMore: boolean }>;
  /** Compare-and-set on the version: null if another process moved the row first. The only way to change a row. */
  move(at: Pick<VideoRow, 'requestId' | 'version'>, changes: VideoChanges): Promise<VideoRow | null>;
  /** Rows that are not terminal and whose next action was due before `now`, the most overdue first. */
  findOverdue(now: Date, limit: number, onUnreadable: OnUnreadable): Promise<VideoRow[]>;
  /** Rows that ended before `olderThan` and whose usage record is not in the request history. */
  findUnrecorded(olderThan: Date, limit: number, onUnreadable: OnUnreadable): Promise<VideoRow[]>;
  /**
   * Deletes the texts of the caller (prompt, request, metadata) if the media have expired. @returns the number of rows
   */
  forgetExpired(now: Date): Promise<number>;
}
