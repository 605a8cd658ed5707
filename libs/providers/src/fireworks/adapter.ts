import type { ProviderAdapters } from '../registry.js';
import { fireworksImages } from './image-adapter.js';

export const fireworks = { image: fireworksImages } satisfies ProviderAdapters;
