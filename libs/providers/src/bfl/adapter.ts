import type { ProviderAdapters } from '../registry.js';
import { bflImages } from './image-adapter.js';

export const bfl = { image: bflImages } satisfies ProviderAdapters;
