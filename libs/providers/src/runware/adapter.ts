import type { ProviderAdapters } from '../spec/index.js';
import { runwareImages } from './image-adapter.js';

export const runware = { image: runwareImages } satisfies ProviderAdapters;
