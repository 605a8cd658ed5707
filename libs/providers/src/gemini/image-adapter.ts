import type { Call, ProviderHttp } from '../http/index.js';
import type { CallContext, ImageProvider, Outcome } from '../spec/index.js';
import { GEMINI_IMAGE_REPORTS, geminiImageAnswer } from './image-answer.js';
import { geminiImageRequest } from './image-request.js';

/** An image of 16 Mpx in base64, and the signature of its thoughts, which is as large. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

/** The differences between the Gemini API and Vertex AI. */
export interface GenerateContent {
  http(context: CallContext): ProviderHttp;
  /** The path below the base URL. */
  target(model: string): string;
  /** The headers of one call, if a key is not enough. */
  headers?(context: CallContext): Promise<Outcome<Call['headers']>>;
}

/** Images by `:generateContent`, the same for both. */
export function geminiImages({ http, target, headers }: GenerateContent): ImageProvider {
  return {
    // `:generateContent` has no `n`.
    maxImagesPerCall: 1,
    reports: GEMINI_IMAGE_REPORTS,
    async generate(request, context) {
      const own = await headers?.(context);
      if (own !== undefined && !own.ok) return own;
      const answer = await http(context).json(
        {
          method: 'POST',
          target: target(context.model),
          body: geminiImageRequest(request, context),
          limits: context.limits,
          maxBytes: MAX_ANSWER_BYTES,
          ...(own?.value === undefined ? {} : { headers: own.value }),
        },
        context.signal,
      );
      return answer.ok ? geminiImageAnswer(answer.value.body, context.model, http(context)) : answer;
    },
  };
}
