import type { Quantity, VideoHandle, VideoRequest } from '@lumenfall/contracts';
import type { CallContext } from './endpoint.js';
import type { Outcome, ProviderFailure } from './failure.js';
import type { MediaSource } from './image-provider.js';

export type VideoState =
  /** `progress` 0 to 100, null where the provider tells none. Statuses we do not know count as running. */
  | { state: 'running'; progress: number | null }
  | { state: 'succeeded'; source: MediaSource; usage: Quantity[] | null; reportedCostUsd: string | null }
  /** The provider's verdict: it will not deliver. */
  | { state: 'failed'; failure: ProviderFailure };

/** What a provider knows of a submission whose answer nobody saw. */
export type LookUp =
  | { found: 'job'; handle: VideoHandle }
  /** It certainly did not take the work, or has not yet: only a look some time after the submission can tell. */
  | { found: 'nothing' }
  | { found: 'unknown' };

export interface LookUpClues {
  /** Unix ms, by our clock: no job of this submission is older. */
  submittedAt: number;
  /** Whether a job, by the provider's id, is known to be another video's. */
  isTaken(upstreamId: string): Promise<boolean>;
}

export interface VideoProvider {
  /** A timeout or a cut after sending is the failure `ambiguous`: the provider may be at work. */
  submit(request: VideoRequest, context: CallContext): Promise<Outcome<VideoHandle>>;
  /** A failed outcome says that the question failed, not the video. */
  poll(handle: VideoHandle, context: CallContext): Promise<Outcome<VideoState>>;
  /** Only where the provider can list its jobs well enough to tell. */
  lookUp?(request: VideoRequest, context: CallContext, clues: LookUpClues): Promise<Outcome<LookUp>>;
  /** Best effort. */
  cancel(handle: VideoHandle, context: CallContext): Promise<Outcome<void>>;
}
