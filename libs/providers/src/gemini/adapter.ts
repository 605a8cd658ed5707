import { httpOf, type Dialect } from '../http/index.js';
import type { ImageProvider } from '../spec/index.js';
import type { ProviderAdapters } from '../registry.js';
import { readGeminiRefusal } from './errors.js';
import { geminiImageAnswer } from './image-answer.js';
import { geminiImageRequest } from './image-request.js';

/** A picture of 16 Mpx in base64, and the signature of its thoughts, which is as large again. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

const dialect: Dialect = {
  authorize: (apiKey) => ({ 'x-goog-api-key': apiKey }),
  readRefusal: readGeminiRefusal,
};
const http = httpOf(dialect);

const image: ImageProvider = {
  // `generateContent` knows no `n`.
  maxImagesPerCall: 1,
  async generate(request, context) {
    const answer = await http(context).json(
      {
        method: 'POST',
        target: `/models/${encodeURIComponent(context.model)}:generateContent`,
        body: geminiImageRequest(request, context.parameters),
        limits: context.limits,
        maxBytes: MAX_ANSWER_BYTES,
      },
      context.signal,
    );
    return answer.ok ? geminiImageAnswer(answer.value.body, context.model) : answer;
  },
};

export const gemini = { image } satisfies ProviderAdapters;
