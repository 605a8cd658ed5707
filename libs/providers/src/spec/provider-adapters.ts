import type { ChatProvider } from './chat-provider.js';
import type { ImageProvider } from './image-provider.js';
import type { VideoProvider } from './video-provider.js';

/** What one provider can do. */
export interface ProviderAdapters {
  chat?: ChatProvider;
  image?: ImageProvider;
  video?: VideoProvider;
}
