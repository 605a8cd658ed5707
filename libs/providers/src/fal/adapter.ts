import type { ProviderAdapters } from '../spec/index.js';
import { falImages } from './image-adapter.js';
import { falVideos } from './video-adapter.js';

export const fal = { image: falImages, video: falVideos } satisfies ProviderAdapters;
