import { readFileSync } from 'node:fs';

/** A line of `openrouter-models.tsv`, by the names in its first line. */
type Row = Readonly<Record<string, string>>;

/**
 * The text models that OpenRouter lists, as of October 2026. Prices are USD per million tokens, `request` USD per call;
 * a model without prices costs what the model that a call is routed to costs. The build copies the file next to the
 * bundle.
 */
const ROWS: readonly Row[] = readRows(readFileSync(new URL('./openrouter-models.tsv', import.meta.url), 'utf8'));
const BY_ID = new Map(ROWS.map((row) => [row['id'], row]));

function readRows(table: string): Row[] {
  const [names = [], ...lines] = table
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  return lines.map((values) => Object.fromEntries(names.map((name, column) => [name, values[column] ?? ''])));
}

/** `GET models` as OpenRouter answers it. */
export const openRouterModels = (): object => ({
  data: ROWS.map(modelOf),
  links: { next: null },
  total_count: ROWS.length,
});

function modelOf(row: Row): object {
  const { id, name, prompt, completion, cache_read: cacheRead, cache_write: cacheWrite, request } = row;
  const inputs = row['inputs']?.split('+') ?? [];
  const contextLength = Number(row['context']);
  return {
    id,
    canonical_slug: id,
    hugging_face_id: null,
    name,
    created: 1_760_000_000,
    description: `${name}, answered by the sandbox.`,
    context_length: contextLength,
    architecture: {
      modality: `${inputs.join('+')}->text`,
      input_modalities: inputs,
      output_modalities: ['text'],
      tokenizer: 'Other',
      instruct_type: null,
    },
    pricing: {
      prompt: perToken(prompt),
      completion: perToken(completion),
      ...(cacheRead ? { input_cache_read: perToken(cacheRead) } : {}),
      ...(cacheWrite ? { input_cache_write: perToken(cacheWrite) } : {}),
      request: request || '0',
    },
    top_provider: {
      context_length: contextLength,
      max_completion_tokens: Number(row['max_output']),
      is_moderated: false,
    },
    per_request_limits: null,
    supported_parameters: ['max_tokens', 'temperature', 'top_p', ...(row['tools'] ? ['tools', 'tool_choice'] : [])],
    default_parameters: null,
  };
}

/** Decimal text, USD per token; -1, as OpenRouter has it, if the price is not known before the call. */
const perToken = (perMillion: string | undefined): string =>
  perMillion ? (Number(perMillion) / 1e6).toFixed(12).replace(/\.?0+$/, '') : '-1';

/** USD per million tokens of a model that the list does not price. */
const USUAL_PRICES = { prompt: 0.25, completion: 2, request: 0 };

/** What a call costs, in USD, by the listed price of its model. */
export function costOf(
  model: string,
  promptTokens: number,
  completionTokens: number,
): Record<'prompt' | 'completion' | 'total', number> {
  const row = BY_ID.get(model);
  const isPriced = row !== undefined && row['prompt'] !== '';
  const price = (of: keyof typeof USUAL_PRICES): number => (isPriced ? Number(row[of]) : USUAL_PRICES[of]);
  const prompt = rounded((promptTokens * price('prompt')) / 1e6);
  const completion = rounded((completionTokens * price('completion')) / 1e6);
  return { prompt, completion, total: rounded(prompt + completion + price('request')) };
}

/** Without the traces of binary fractions. */
const rounded = (usd: number): number => Number(usd.toFixed(12));
