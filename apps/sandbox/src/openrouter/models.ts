interface Row {
  id: string;
  name: string;
  /** USD per million tokens, in and out; null where it depends on where the call ends. */
  price: readonly [prompt: number, completion: number] | null;
  inputs?: readonly string[];
  tools?: boolean;
  /** USD per call. */
  request?: string;
}

const SEES = ['text', 'image'];

const ROWS: readonly Row[] = [
  { id: 'openai/gpt-5.4', name: 'OpenAI: GPT-5.4', price: [2.5, 15], inputs: SEES },
  { id: 'openai/gpt-5.4-mini', name: 'OpenAI: GPT-5.4 Mini', price: [0.75, 4.5], inputs: SEES },
  { id: 'google/gemini-3-flash-preview', name: 'Google: Gemini 3 Flash', price: [0.5, 3], inputs: [...SEES, 'audio'] },
  { id: 'anthropic/claude-haiku-4.5', name: 'Anthropic: Claude Haiku 4.5', price: [1, 5], inputs: SEES },
  { id: 'anthropic/claude-sonnet-4.6', name: 'Anthropic: Claude Sonnet 4.6', price: [3, 15], inputs: SEES },
  { id: 'deepseek/deepseek-v3.2', name: 'DeepSeek: DeepSeek V3.2', price: [0.25, 0.38] },
  { id: 'meta-llama/llama-3.3-70b-instruct', name: 'Meta: Llama 3.3 70B Instruct', price: [0.1, 0.32] },
  { id: 'qwen/qwen3-8b:free', name: 'Qwen: Qwen3 8B (free)', price: [0, 0], tools: false },
  { id: 'mistralai/mistral-large-2512', name: 'Mistral: Mistral Large 3', price: [0.5, 1.5], inputs: SEES },
  { id: 'mistralai/some-model-of-tomorrow', name: 'Mistral: Some Model of Tomorrow', price: [0.2, 0.6] },
  { id: 'perplexity/sonar', name: 'Perplexity: Sonar', price: [1, 1], inputs: SEES, tools: false, request: '0.005' },
  { id: 'openrouter/auto', name: 'Auto Router', price: null, inputs: SEES },
];

/** `GET models` as OpenRouter answers it: prices as decimal text, USD per token. */
export function openRouterModels(): Record<string, unknown> {
  return { data: ROWS.map(modelOf), links: { next: null }, total_count: ROWS.length };
}

function modelOf({ id, name, price, inputs = ['text'], tools = true, request = '0' }: Row): Record<string, unknown> {
  const [prompt, completion] = price === null ? ['-1', '-1'] : price.map(perToken);
  return {
    id,
    canonical_slug: id,
    hugging_face_id: null,
    name,
    created: 1_760_000_000,
    description: `${name}, answered by the sandbox.`,
    context_length: 131_072,
    architecture: {
      modality: `${inputs.join('+')}->text`,
      input_modalities: inputs,
      output_modalities: ['text'],
      tokenizer: 'Other',
      instruct_type: null,
    },
    pricing: { prompt, completion, request, image: '0', web_search: '0', internal_reasoning: '0' },
    top_provider: { context_length: 131_072, max_completion_tokens: 32_768, is_moderated: false },
    per_request_limits: null,
    supported_parameters: ['max_tokens', 'temperature', 'top_p', ...(tools ? ['tools', 'tool_choice'] : [])],
    default_parameters: null,
  };
}

const perToken = (perMillion: number): string => (perMillion / 1e6).toFixed(9).replace(/\.?0+$/, '');
