import type { ImageBody } from '@lumenfall/contracts';

export interface ImageForms {
  url: boolean;
  b64Json: boolean;
}

/**
 * In which forms the images are answered. `url` unless the body says otherwise; OpenAI's own image models always answered
 * base64, and SDKs that know them by name do not ask for it, so without a wish they get both.
 */
export function formsOf(body: Pick<ImageBody, 'model' | 'response_format'>): ImageForms {
  if (body.response_format === 'b64_json') return { url: false, b64Json: true };
  if (body.response_format === 'url') return { url: true, b64Json: false };
  const name = body.model.split('/').at(-1) ?? body.model;
  return { url: true, b64Json: /^(?:chat)?gpt-image-/.test(name) };
}

/**
 * Vercel's AI SDK reads base64 alone. It asks for that when it generates, but not when it edits, so there its name has to say it:
 * `ai/6.0.1 ai-sdk/provider-utils/4.0.1 ...`.
 */
export function readsOnlyBase64(userAgent: string | undefined): boolean {
  return /(?:^|\s)ai(?:-sdk\/[\w-]+)?\/\d/.test(userAgent ?? '');
}
