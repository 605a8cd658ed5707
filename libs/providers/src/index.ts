export * from './spec/index.js';
export { fetchMedia, type FetchMediaOptions } from './http/fetch-media.js';
export { readProviderEndpoints } from './configuration/endpoints.js';
export { providerAdapters, type ProviderAdapters } from './registry.js';
