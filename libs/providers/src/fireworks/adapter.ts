import type { ProviderAdapters } from '../spec/index.js';
import { fireworksImages } from './image-adapter.js';

export const fireworks = { image: fireworksImages } satisfies ProviderAdapters;
