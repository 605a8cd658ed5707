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

export interface VideoRow {
  requestId: string;
  organizationId: string;
  keyId: string;
  state: VideoState;
  /** Grows by one with every move. */
  version: number;
  requestContext: RequestContext;
  plan: Plan;
  /** Null once the row has been forgotten. */
  request: StoredVideoRequest | null;
  /** As requested, or the model's default. Kept when the request is forgotten. */
  seconds: string;
  size: string;
  prompt: string | null;
  clientMetadata: Record<string, string> | null;
  /** The offering of the plan's route that is being tried. */
  routeIndex: number;
  handle: VideoHandle | null;
  /** How it came to that offering; null before it was submitted. */
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

/** What a move may change; the rest of a row stands from its creation on. */
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
  /** Tells a repeat of the same body from another one under the same key. */
  bodyHash: string;
}

/** What `create` and `findEarlier` know of a video that has the idempotency key already: same body, other body. */
export interface EarlierVideo {
  outcome: 'replayed' | 'conflict';
  video: VideoRow;
}

export interface VideoStore {
  /**
   * Writes the row, state `queued`, and its line in the request history (`processing`) in one transaction. `replayed`
   * and `conflict` come with the video that has the idempotency key already: same body, other body.
   */
  create(input: NewVideo): Promise<EarlierVideo | { outcome: 'created'; video: VideoRow }>;
  /**
   * The video of the last 24 hours under this key, so that a repeat needs no credit. `create` decides between repeats
   * at once.
   */
  findEarlier(
    input: Pick<NewVideo, 'bodyHash'> & { organizationId: string; idempotencyKey: string },
  ): Promise<EarlierVideo | null>;
  get(requestId: string): Promise<VideoRow | null>;
  /** Whether a job at a provider is some video's, by the provider's id of it. */
  isTaken(upstreamId: string): Promise<boolean>;
  /** Null also for another organization's. */
  find(organizationId: string, requestId: string): Promise<VideoRow | null>;
  /** By creation; `after` is a request id of the same organization, and nothing follows an unknown one. */
  list(
    organizationId: string,
    query: { after?: string | undefined; limit: number; order: 'asc' | 'desc' },
  ): Promise<{ videos: VideoRow[]; hasMore: boolean }>;
  /** Compare-and-set on the version: null if another process moved the row first. The only way to change a row. */
  move(at: Pick<VideoRow, 'requestId' | 'version'>, changes: VideoChanges): Promise<VideoRow | null>;
  /** Rows on their way whose next action is due before `now`, the most overdue first. */
  findOverdue(now: Date, limit: number): Promise<VideoRow[]>;
  /** Ended before `olderThan`, and their usage record was never queued. */
  findUnrecorded(olderThan: Date, limit: number): Promise<VideoRow[]>;
  /** Forgets what the caller wrote (prompt, request, metadata) where the media are gone too; returns how many rows. */
  forgetExpired(now: Date): Promise<number>;
}
