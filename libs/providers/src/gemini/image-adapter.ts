import type { Call, ProviderHttp } from '../http/index.js';
import type { CallContext, ImageProvider, Outcome } from '../spec/index.js';
import { geminiImageAnswer } from './image-answer.js';
import { geminiImageRequest } from './image-request.js';

/** A picture of 16 Mpx in base64, and the signature of its thoughts, which is as large again. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

/** What the Gemini API and Vertex AI do differently: the address, and how a call shows who it is from. */
export interface GenerateContent {
  http(context: CallContext): ProviderHttp;
  /** The path behind the base URL. */
  target(model: string): string;
  /** Headers of one call, where a key does not do. */
  headers?(context: CallContext): Promise<Outcome<Call['headers']>>;
}

/** Pictures by `:generateContent`, which is the same at both. */
export function geminiImages({ http, target, headers }: GenerateContent): ImageProvider {
  return {
    // It knows no `n`.
    maxImagesPerCall: 1,
    async generate(request, context) {
      const shown = await headers?.(context);
      if (shown !== undefined && !shown.ok) return shown;
      const answer = await http(context).json(
        {
          method: 'POST',
          target: target(context.model),
          body: geminiImageRequest(request, context),
          limits: context.limits,
          maxBytes: MAX_ANSWER_BYTES,
          ...(shown?.value === undefined ? {} : { headers: shown.value }),
        },
        context.signal,
      );
      return answer.ok ? geminiImageAnswer(answer.value.body, context.model) : answer;
    },
  };
}
