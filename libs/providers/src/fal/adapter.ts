import type { ProviderAdapters } from '../registry.js';
import { falImages } from './image-adapter.js';
import { falVideos } from './video-adapter.js';

export const fal = { image: falImages, video: falVideos } satisfies ProviderAdapters;
