import { readErrorBody, type ReadRefusal } from '../http/index.js';

const CODES =
  /^(?:context_length_exceeded|exceed_context_size_error|context_window_exceeded|model_max_prompt_tokens_exceeded)$/i;

/** The sentences of OpenAI, vLLM, llama.cpp, TGI, Anthropic, Bedrock, Gemini, xAI, Mistral, Groq and Cohere. */
const SENTENCES = [
  /\bmaximum (?:context|prompt) length\b/i,
  /\bcontext (?:length|window|size|limit)\b.{0,80}\b(?:exceed|larger|longer|too)/i,
  /\b(?:exceed\w*|larger|longer|greater|too (?:long|large)|beyond)\b.{0,80}\bcontext (?:length|window|size|limit)\b/i,
  /\bprompt is too long\b/i,
  /\binput (?:is|was) too long\b/i,
  /\binput token count\b.{0,60}\bexceeds?\b/i,
  /\binputs?`? tokens \+ `?max_(?:new_)?tokens`? must be\b/i,
  /\breduce the length of (?:the |your )?(?:messages|prompt|input)/i,
  /\btoo many (?:input )?tokens\b/i,
  /\b(?:tokens|prompt|input)\b.{0,80}\bexceeds? the (?:maximum|model'?s)\b.{0,40}\b(?:tokens|length|context)/i,
];

/** A limit of tokens per time is a rate limit. */
const RATE = /\bper (?:second|minute|min|hour|day)\b|\bTPM\b|\bTPD\b|rate limit/i;

/** Whether an error says that the prompt does not fit into the model's context. */
export function isContextLengthError(status: number, body: unknown): boolean {
  if (status === 401 || status === 402 || status === 403 || status === 429) return false;
  const { message, codes } = readErrorBody(body);
  if (codes.some((code) => CODES.test(code))) return true;
  return message !== null && !RATE.test(message) && SENTENCES.some((sentence) => sentence.test(message));
}

/** `read`, which then recognises a prompt that is too long whatever the provider says about it otherwise. */
export const withContextLength =
  (read: ReadRefusal): ReadRefusal =>
  (status, body) => {
    const refusal = read(status, body);
    if (!isContextLengthError(status, body)) return refusal;
    return { ...refusal, kind: 'client', problem: 'context-length' };
  };
