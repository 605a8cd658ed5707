/** OpenAI's finish reasons: the only ones that clients see. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'function_call';

/** `error`: the answer broke off, and the text so far is not an answer. */
export type Finish = FinishReason | 'error';

/** The words of OpenAI, Anthropic, Gemini, Cohere, Mistral, vLLM, TGI, llama.cpp and others, in lower case. */
const WORDS: Record<Finish, readonly string[]> = {
  stop: [
    ...['stop', 'end_turn', 'stop_sequence', 'stop_token', 'eos', 'eos_token', 'pause_turn'],
    ...['complete', 'completed', 'done', 'end', 'finished', 'normal'],
  ],
  length: [
    ...['length', 'max_tokens', 'max_output_tokens', 'max_length', 'max_new_tokens', 'token_limit', 'model_length'],
    ...['incomplete', 'context_length', 'context_length_exceeded', 'model_context_window_exceeded'],
  ],
  tool_calls: ['tool_calls', 'tool_call', 'tool_use'],
  function_call: ['function_call'],
  content_filter: [
    ...['content_filter', 'content_filtered', 'content_filtering', 'refusal', 'safety', 'sensitive', 'moderation'],
    ...['recitation', 'language', 'prohibited_content', 'blocklist', 'spii', 'model_armor', 'guardrail_intervened'],
    ...['image_safety', 'image_prohibited_content', 'image_recitation'],
  ],
  error: [
    ...['error', 'failed', 'abort', 'aborted', 'cancelled', 'canceled', 'network_error'],
    ...['insufficient_system_resource', 'malformed_function_call', 'malformed_response', 'error_toxic', 'error_limit'],
    ...['unexpected_tool_call', 'too_many_tool_calls', 'malformed_tool_call'],
  ],
};

const FINISH_OF = new Map(
  Object.entries(WORDS).flatMap(([finish, words]) => words.map((word) => [word, finish as Finish])),
);

/**
 * A provider's word for the end of an answer; a word that we do not know means `tool_calls` after calls, else `stop`.
 */
export function finishOf(word: string, hasCalled: boolean): Finish {
  return (
    FINISH_OF.get(
      word
        .trim()
        .toLowerCase()
        .replace(/[\s-]+/g, '_'),
    ) ?? (hasCalled ? 'tool_calls' : 'stop')
  );
}
