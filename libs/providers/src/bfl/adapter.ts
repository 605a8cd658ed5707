import type { ProviderAdapters } from '../spec/index.js';
import { bflImages } from './image-adapter.js';

export const bfl = { image: bflImages } satisfies ProviderAdapters;
