/** OpenRouter's provider for the AI SDK: a text, an image, and a video, each by its own API. */
import assert from 'node:assert/strict';
import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import { generateImage, generateText } from 'ai';

const openrouter = createOpenRouter({ baseURL: process.env.OPENAI_BASE_URL, apiKey: process.env.OPENAI_API_KEY });

assert.ok((await generateText({ model: openrouter(process.env.CHAT_MODEL), prompt: 'Say hello' })).text);
const { image } = await generateImage({ model: openrouter.imageModel(process.env.IMAGE_MODEL), prompt: 'A fox' });
assert.ok(image.uint8Array.length > 0);
const video = openrouter.videoModel(process.env.VIDEO_MODEL, { pollIntervalMs: 500 });
const { videos } = await video.doGenerate({ prompt: 'Waves at night', n: 1, duration: 4, providerOptions: {} });
assert.match(videos[0].url, /\/media\//);
console.log('text, image, video');
