import type { ProviderAdapters } from '../registry.js';
import { anthropicChat } from './chat-adapter.js';

/** Anthropic's Messages API. */
export const anthropic = { chat: anthropicChat } satisfies ProviderAdapters;
