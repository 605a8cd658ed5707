import type { Dialect } from '../http/index.js';
import { readOpenAiRefusal } from './errors.js';

/** OpenAI's way of carrying the key, and of refusing. A local server without a key gets no header. */
export const openAiDialect: Dialect = {
  authorize: (apiKey): Record<string, string> => (apiKey === '' ? {} : { Authorization: `Bearer ${apiKey}` }),
  readRefusal: readOpenAiRefusal,
};
