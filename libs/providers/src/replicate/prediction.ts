import { z } from 'zod';
import { onOwnOrigin } from '../http/index.js';
import type { ProviderEndpoint } from '../spec/index.js';

const predictionSchema = z.looseObject({
  id: z.string().min(1),
  status: z.string(),
  output: z.unknown().optional(),
  error: z.unknown().optional(),
  urls: z.looseObject({ get: z.string().nullish(), cancel: z.string().nullish() }).nullish(),
});

export interface Prediction {
  id: string;
  /** Statuses that we do not know count as running. */
  state: 'running' | 'succeeded' | 'failed' | 'stopped';
  /** Addresses of files, in order. */
  files: string[];
  error: string | null;
  getUrl: string | null;
  cancelUrl: string | null;
}

const STATES: Readonly<Record<string, Prediction['state']>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  // Cancelled from outside, or its deadline passed; before it began, that is called `aborted`.
  canceled: 'stopped',
  aborted: 'stopped',
};

/** Null for what is no prediction. */
export function readPrediction(body: unknown): Prediction | null {
  const parsed = predictionSchema.safeParse(body);
  if (!parsed.success) return null;
  const { id, status, output, error, urls } = parsed.data;
  return {
    id,
    state: STATES[status] ?? 'running',
    files: filesIn(output),
    error: typeof error === 'string' && error !== '' ? error : null,
    getUrl: urls?.get ?? null,
    cancelUrl: urls?.cancel ?? null,
  };
}

/** One address, a list of them, or an object with addresses among its values: every model has its own output. */
function filesIn(output: unknown): string[] {
  const values: unknown[] = typeof output === 'object' && output !== null ? Object.values(output) : [output];
  return values.filter((value): value is string => typeof value === 'string' && /^(https?:|data:)/.test(value));
}

/** Where to ask for a prediction and to cancel it: the addresses it names itself only on the endpoint's own origin. */
export function addressesOf({ id, getUrl, cancelUrl }: Prediction, endpoint: ProviderEndpoint) {
  const own = (url: string | null): string | null => (url !== null && onOwnOrigin(url, endpoint) ? url : null);
  const path = `/predictions/${encodeURIComponent(id)}`;
  return { get: own(getUrl) ?? path, cancel: own(cancelUrl) ?? `${path}/cancel` };
}
