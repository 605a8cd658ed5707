import type { Dialect } from '../http/index.js';
import { readGeminiRefusal } from './errors.js';

/** Google's way of carrying an API key, and of refusing. Without a key there is no header. */
export const geminiDialect: Dialect = {
  authorize: (apiKey): Record<string, string> => (apiKey === '' ? {} : { 'x-goog-api-key': apiKey }),
  readRefusal: readGeminiRefusal,
};
