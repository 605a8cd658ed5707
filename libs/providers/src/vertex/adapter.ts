import { geminiImages } from '../gemini/image-adapter.js';
import { httpOf, succeeded } from '../http/index.js';
import type { ProviderAdapters } from '../registry.js';
import { accessTokens } from './access-token.js';
import { vertexDialect } from './dialect.js';

const tokens = accessTokens();

/** The models of the Gemini API on Google Cloud: by a key of the express mode, or as a service account of a project. */
const image = geminiImages({
  http: httpOf(vertexDialect),
  target: (model) => `/publishers/google/models/${encodeURIComponent(model)}:generateContent`,
  async headers({ endpoint, signal }) {
    if (endpoint.serviceAccount === undefined) return succeeded(undefined);
    const token = await tokens(endpoint.serviceAccount, signal);
    return token.ok ? succeeded({ Authorization: `Bearer ${token.value}` }) : token;
  },
});

export const vertex = { image } satisfies ProviderAdapters;
