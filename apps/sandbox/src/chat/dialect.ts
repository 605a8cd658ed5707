import { randomBytes } from 'node:crypto';
import type { ProviderSlug } from '@lumenfall/contracts';
import { openaiFailureBody } from '../refusals/openai.js';
import { openrouterFailure } from '../refusals/openrouter.js';

/** Where OpenRouter's chat protocol differs from OpenAI's. */
export interface ChatDialect {
  newId(): string;
  /** Fields that every answer and chunk carries besides OpenAI's. */
  extra: Record<string, unknown>;
  /** Usage is told without being asked for, with its cost. */
  alwaysUsage: boolean;
  /** Comment lines while the model has nothing to say yet. */
  comment: string | null;
  /** The event that ends a stream which fails after it began. */
  lateFailure(status: number, head: Record<string, unknown>): unknown;
}

const randomId = (): string => randomBytes(12).toString('hex');

const openai: ChatDialect = {
  newId: () => `chatcmpl-${randomId()}`,
  extra: { service_tier: 'default', system_fingerprint: 'fp_sandbox' },
  alwaysUsage: false,
  comment: null,
  lateFailure: (status) => openaiFailureBody(status),
};

const openrouter: ChatDialect = {
  newId: () => `gen-${Math.floor(Date.now() / 1_000)}-${randomId()}`,
  extra: { provider: 'Sandbox' },
  alwaysUsage: true,
  comment: ': OPENROUTER PROCESSING\n\n',
  lateFailure: (status, head) => ({
    ...head,
    error: openrouterFailure(status),
    choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
  }),
};

export const dialectOf = (provider: ProviderSlug): ChatDialect => (provider === 'openrouter' ? openrouter : openai);
