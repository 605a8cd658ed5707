import type { ProviderAdapters } from '../spec/index.js';
import { xaiImages } from './image-adapter.js';

export const xai = { image: xaiImages } satisfies ProviderAdapters;
