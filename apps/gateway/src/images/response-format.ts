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
