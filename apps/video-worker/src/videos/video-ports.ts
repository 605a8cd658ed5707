import type { RoutePorts } from '@lumenfall/execution';
import type { VideoStore } from '@lumenfall/videos';
import type { MediaStore } from '@lumenfall/media';
import type { fetchMedia, TimeLimits, VideoProvider } from '@lumenfall/providers';
import type { JobProducer } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';

/** The world as a video's work sees it. */
export interface VideoPorts extends Omit<RoutePorts<VideoProvider>, 'limits'> {
  videos: Pick<
    VideoStore,
    'get' | 'picturesOf' | 'move' | 'isTaken' | 'findOverdue' | 'findUnrecorded' | 'forgetExpired'
  >;
  producer: JobProducer;
  /** Of a submission, and of the short questions afterwards. */
  limits: Record<'submit' | 'poll', TimeLimits>;
  fetchMedia: typeof fetchMedia;
  store: Pick<MediaStore, 'save' | 'remove'>;
  log: Logger;
}
