import type { Dialect } from '../http/index.js';
import { openAiChat } from '../openai-compatible/chat-adapter.js';
import { openAiDialect } from '../openai-compatible/dialect.js';
import type { ProviderAdapters } from '../registry.js';
import { readOpenRouterRefusal } from './errors.js';

export const openRouterDialect: Dialect = { ...openAiDialect, readRefusal: readOpenRouterRefusal };

/** OpenAI's dialect; its additions (comment lines, `usage.cost`, errors after a 200) are handled there. */
export const openRouter = { chat: openAiChat(openRouterDialect) } satisfies ProviderAdapters;
