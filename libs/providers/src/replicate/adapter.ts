import type { ProviderAdapters } from '../spec/index.js';
import { replicateImages } from './image-adapter.js';

export const replicate = { image: replicateImages } satisfies ProviderAdapters;
