import { openAiImages } from '../openai/image-adapter.js';
import type { ProviderAdapters } from '../registry.js';
import { openAiChat } from './chat-adapter.js';
import { openAiDialect } from './dialect.js';
import { openAiVideos } from './video-adapter.js';

/** Any server that speaks OpenAI's dialect: vLLM, Ollama, LM Studio, SGLang, LocalAI ... */
export const openAiCompatible = {
  chat: openAiChat(openAiDialect),
  image: openAiImages(openAiDialect),
  video: openAiVideos(openAiDialect),
} satisfies ProviderAdapters;
