/** Fireworks refuses in OpenAI's form. */
export { readOpenAiRefusal as readFireworksRefusal } from '../openai-compatible/errors.js';
