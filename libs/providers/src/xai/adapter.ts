import type { ProviderAdapters } from '../registry.js';
import { xaiImages } from './image-adapter.js';

export const xai = { image: xaiImages } satisfies ProviderAdapters;
