let encoding: Promise<{ countTokens(text: string): number }> | undefined;

/** Tokens of `text` in o200k_base, the encoding of OpenAI's current models. Its tables are loaded at the first call. */
export async function countTokens(text: string): Promise<number> {
  encoding ??= import('gpt-tokenizer/encoding/o200k_base');
  return (await encoding).countTokens(text);
}
