import { openAiChat, openAiDialect } from '../openai-compatible/adapter.js';
import { openAiImages } from '../openai-compatible/image-adapter.js';
import { openAiVideos } from '../openai-compatible/video-adapter.js';
import type { ProviderAdapters } from '../spec/index.js';

/** OpenAI itself; its errors and key header are those of the dialect named after it. */
export const openAi = {
  chat: openAiChat(openAiDialect, 'developer'),
  image: openAiImages(openAiDialect),
  video: openAiVideos(openAiDialect),
} satisfies ProviderAdapters;
