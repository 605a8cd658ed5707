import { isContextLengthError, withContextLength } from './context-length.js';

const error = (message: string, more: object = {}) => ({ error: { message, ...more } });

describe('isContextLengthError', () => {
  it.each<[string, number, unknown]>([
    [
      'OpenAI',
      400,
      error('Your input exceeds it.', { type: 'invalid_request_error', code: 'context_length_exceeded' }),
    ],
    ['vLLM', 400, { object: 'error', message: "This model's maximum context length is 8192 tokens.", code: 400 }],
    ['llama.cpp', 400, error('the request exceeds the available context size', { type: 'exceed_context_size_error' })],
    ['TGI', 422, { error: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096' }],
    ['Anthropic', 400, error('prompt is too long: 210000 tokens > 200000 maximum', { type: 'invalid_request_error' })],
    [
      'Anthropic, with the limit',
      400,
      error('input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000'),
    ],
    ['Bedrock', 400, { message: 'Input is too long for requested model.' }],
    [
      'Gemini',
      400,
      error('The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).', {
        code: 400,
        status: 'INVALID_ARGUMENT',
      }),
    ],
    ['xAI', 400, { error: "This model's maximum prompt length is 131072 but the request contains 150000 tokens." }],
    [
      'Mistral',
      400,
      { message: 'Prompt contains 40000 tokens, too large for model with 32768 maximum context length' },
    ],
    ['Groq', 413, error('Please reduce the length of the messages or completion.')],
    ['OpenRouter', 400, error("This endpoint's maximum context length is 8192 tokens.", { code: 400 })],
    ['Cohere', 400, { message: 'too many tokens: total number of tokens in the prompt cannot exceed 4081' }],
  ])('recognises the error of %s', (_provider, status, body) => expect(isContextLengthError(status, body)).toBe(true));

  it.each<[string, number, unknown]>([
    ['a rate limit', 429, error('Request too large for gpt-4 on tokens per min (TPM): too many tokens')],
    ['a rate limit with another status', 413, error('Limit 6000 tokens per minute, requested 9000: too many tokens')],
    ['a wrong field', 400, error("Unsupported value: 'temperature'")],
    ['a token limit of the answer', 400, error('max_tokens is too large: 9000. This model supports at most 4096')],
    ['a body without a sentence', 400, {}],
  ])('does not take %s for it', (_what, status, body) => expect(isContextLengthError(status, body)).toBe(false));
});

describe('withContextLength', () => {
  const read = withContextLength(() => ({ message: 'prompt is too long', kind: 'transient' }));

  it('makes it the client’s failure with a problem of its own, whatever the provider’s reader says', () => {
    expect(read(400, error('prompt is too long'))).toEqual({
      message: 'prompt is too long',
      kind: 'client',
      problem: 'context-length',
    });
  });

  it('leaves every other error to the provider’s reader', () => {
    expect(read(400, error('bad'))).toEqual({ message: 'prompt is too long', kind: 'transient' });
  });
});
