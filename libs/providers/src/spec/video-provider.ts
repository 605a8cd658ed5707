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

export interface VideoProvider {
  /** A timeout or a cut after sending is the failure `ambiguous`: the provider may be at work. */
  submit(request: VideoRequest, context: CallContext): Promise<Outcome<VideoHandle>>;
  /** A failed outcome says that the question failed, not the video. */
  poll(handle: VideoHandle, context: CallContext): Promise<Outcome<VideoState>>;
  /** Best effort. */
  cancel(handle: VideoHandle, context: CallContext): Promise<Outcome<void>>;
}
