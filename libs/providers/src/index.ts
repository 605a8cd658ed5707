export * from './spec/index.js';
export { fetchMedia, type FetchMediaOptions } from './http/fetch-media.js';
export {
  fetchClientFile,
  isAllowedAddress,
  type ClientFileProblem,
  type FetchClientFileOptions,
} from './http/fetch-client-file.js';
export { HOP_HEADER } from './http/provider-http.js';
export { readProviderEndpoints } from './configuration/endpoints.js';
export { providerAdapters, reportedUsage, reportsCost } from './registry.js';
export { readOpenRouterModels } from './openrouter/model-list.js';
