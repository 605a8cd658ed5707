import type { Dialect } from '../http/index.js';
import { openAiChat, openAiDialect } from '../openai-compatible/adapter.js';
import type { ProviderAdapters } from '../spec/index.js';
import { readOpenRouterRefusal } from './errors.js';

export const openRouterDialect: Dialect = { ...openAiDialect, readRefusal: readOpenRouterRefusal };

/** OpenAI's dialect; its additions (comment lines, `usage.cost`, errors after a 200) are handled there. */
export const openRouter = { chat: openAiChat(openRouterDialect) } satisfies ProviderAdapters;
