import { formsOf } from './response-format.js';

it.each([
  ['gemini-3-pro-image', undefined, { url: true, b64Json: false }],
  ['gemini-3-pro-image', null, { url: true, b64Json: false }],
  ['gemini-3-pro-image', 'url', { url: true, b64Json: false }],
  ['gemini-3-pro-image', 'b64_json', { url: false, b64Json: true }],
  ['gpt-image-1.5', undefined, { url: true, b64Json: true }],
  ['openai/gpt-image-1.5', undefined, { url: true, b64Json: true }],
  ['chatgpt-image-latest', undefined, { url: true, b64Json: true }],
  ['gpt-image-1.5', 'url', { url: true, b64Json: false }],
  ['gpt-image-1.5', 'b64_json', { url: false, b64Json: true }],
] as const)('%s with response_format %p', (model, response_format, forms) => {
  expect(formsOf({ model, response_format })).toEqual(forms);
});
