import type { ProviderAdapters } from '../registry.js';
import { replicateImages } from './image-adapter.js';

export const replicate = { image: replicateImages } satisfies ProviderAdapters;
