/** Vercel's AI SDK with its provider for compatible servers: a text, a stream with usage, an image. */
import assert from 'node:assert/strict';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateImage, generateText, streamText } from 'ai';

const lumenfall = createOpenAICompatible({
  name: 'lumenfall',
  baseURL: process.env.OPENAI_BASE_URL,
  apiKey: process.env.OPENAI_API_KEY,
  includeUsage: true,
});
const model = lumenfall(process.env.CHAT_MODEL);

assert.ok((await generateText({ model, prompt: 'Say hello' })).text);
const streamed = streamText({ model, prompt: 'Say hello' });
assert.ok(await streamed.text);
assert.ok((await streamed.usage).totalTokens > 0);
const { image } = await generateImage({ model: lumenfall.imageModel(process.env.IMAGE_MODEL), prompt: 'A fox' });
assert.ok(image.uint8Array.length > 0);
console.log('text, stream with usage, image');
