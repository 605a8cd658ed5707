import type { Dialect } from '../http/index.js';
import { openAiChat, openAiDialect } from '../openai-compatible/adapter.js';
import type { ProviderAdapters } from '../spec/index.js';
import { readOpenRouterRefusal } from './errors.js';

export const openRouterDialect: Dialect = { ...openAiDialect, readRefusal: readOpenRouterRefusal };

/** OpenRouter. What it adds to OpenAI's dialect (comment lines, `usage.cost`, errors after a 200) is read there. */
export const openRouter = { chat: { ...openAiChat(openRouterDialect), reportsCost: true } } satisfies ProviderAdapters;
