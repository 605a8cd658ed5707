/** OpenAI's errors are the dialect's own. */
export { readOpenAiRefusal } from '../openai-compatible/errors.js';
