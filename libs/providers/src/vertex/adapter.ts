import { succeed } from '@lumenfall/contracts';
import { geminiDialect } from '../gemini/errors.js';
import { geminiImages } from '../gemini/image-adapter.js';
import { httpOf } from '../http/index.js';
import type { ProviderAdapters } from '../spec/index.js';
import { accessTokens } from './access-token.js';

const tokens = accessTokens();

/** The models of the Gemini API on Google Cloud: by a key of the express mode, or as a service account of a project. */
const image = geminiImages({
  http: httpOf(geminiDialect),
  target: (model) => `/publishers/google/models/${encodeURIComponent(model)}:generateContent`,
  async headers({ endpoint, signal }) {
    if (endpoint.serviceAccount === undefined) return succeed(undefined);
    const token = await tokens(endpoint.serviceAccount, signal);
    return token.ok ? succeed({ Authorization: `Bearer ${token.value}` }) : token;
  },
});

export const vertex = { image } satisfies ProviderAdapters;
