import type { Tokenizer } from '../tokens/tokenizer.js';
import { sentFiles, textsOf, type GeminiBody } from './body.js';

/** Input tokens of one file that was sent. */
const SENT_FILE_TOKENS = 560;

export interface PromptUsage {
  tokens: number;
  details: { modality: string; tokenCount: number }[];
}

/** What the prompt counts, by modality. */
export async function promptUsage(body: GeminiBody, tokenizer: Tokenizer): Promise<PromptUsage> {
  const text = await tokenizer.count(textsOf(body));
  const files = sentFiles(body).length * SENT_FILE_TOKENS;
  return {
    tokens: text + files,
    details: [{ modality: 'TEXT', tokenCount: text }, ...(files > 0 ? [{ modality: 'IMAGE', tokenCount: files }] : [])],
  };
}
