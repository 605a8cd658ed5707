import type { Quantity, VideoHandle, VideoRequest } from '@lumenfall/contracts';
import type { CallContext } from './call-context.js';
import type { Outcome, ProviderFailure } from './failure.js';
import type { MediaSource } from './image-provider.js';
import type { ReportedDimension } from './reported-usage.js';

export type VideoState =
  /** `progress` 0 to 100; null if the provider does not report it. Status words that we do not know mean running. */
  | { state: 'running'; progress: number | null }
  | { state: 'succeeded'; source: MediaSource; usage: Quantity[] | null; reportedCostUsd: string | null }
  /** The provider will not deliver. */
  | { state: 'failed'; failure: ProviderFailure };

/** What a provider knows about a submission whose answer was lost. */
export type LookUp =
  | { found: 'job'; handle: VideoHandle }
  /** The provider did not accept the work, or does not list it yet: only a look-up some time later is final. */
  | { found: 'nothing' }
  | { found: 'unknown' };

export interface LookUpClues {
  /** Unix ms, by our clock: jobs of this submission are not older. */
  submittedAt: number;
  /** Whether a job, by the provider's id, belongs to another video. */
  isTaken(upstreamId: string): Promise<boolean>;
}

export interface VideoProvider {
  /** What `usage` can contain. */
  readonly reports: readonly ReportedDimension[];
  /** A timeout or a broken connection after sending is the failure `ambiguous`: the provider may be working. */
  submit(request: VideoRequest, context: CallContext): Promise<Outcome<VideoHandle>>;
  /** A failed outcome means that the poll failed, not the video. */
  poll(handle: VideoHandle, context: CallContext): Promise<Outcome<VideoState>>;
  /** Only for providers whose list of jobs identifies a submission. */
  lookUp?(request: VideoRequest, context: CallContext, clues: LookUpClues): Promise<Outcome<LookUp>>;
  /** Best effort. */
  cancel(handle: VideoHandle, context: CallContext): Promise<Outcome<void>>;
}
