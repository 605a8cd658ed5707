import type { Dialect } from '../http/index.js';
import { openAiChat } from '../openai-compatible/chat-adapter.js';
import { openAiDialect } from '../openai-compatible/dialect.js';
import { openAiVideos } from '../openai-compatible/video-adapter.js';
import type { ProviderAdapters } from '../registry.js';
import { readOpenAiRefusal } from './errors.js';
import { openAiImages } from './image-adapter.js';

const dialect: Dialect = { ...openAiDialect, readRefusal: readOpenAiRefusal };

export const openAi = {
  chat: openAiChat(dialect),
  image: openAiImages(dialect),
  video: openAiVideos(dialect),
} satisfies ProviderAdapters;
