import { httpOf } from '../http/index.js';
import type { ProviderAdapters } from '../registry.js';
import { geminiChat } from './chat-adapter.js';
import { geminiDialect } from './dialect.js';
import { geminiImages } from './image-adapter.js';

const image = geminiImages({
  http: httpOf(geminiDialect),
  target: (model) => `/models/${encodeURIComponent(model)}:generateContent`,
});

export const gemini = { chat: geminiChat(geminiDialect), image } satisfies ProviderAdapters;
