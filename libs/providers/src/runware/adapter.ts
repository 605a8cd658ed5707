import type { ProviderAdapters } from '../registry.js';
import { runwareImages } from './image-adapter.js';

export const runware = { image: runwareImages } satisfies ProviderAdapters;
