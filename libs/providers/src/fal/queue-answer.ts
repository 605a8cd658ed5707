import type { VideoHandle } from '@lumenfall/contracts';
import { z } from 'zod';
import { onOwnOrigin } from '../http/index.js';
import type { ProviderEndpoint } from '../spec/index.js';

const submittedSchema = z.looseObject({
  request_id: z.string().min(1),
  status_url: z.string().nullish(),
  response_url: z.string().nullish(),
  cancel_url: z.string().nullish(),
});

/** The handle of a submitted job, null where the answer names none. */
export function readSubmitted(body: unknown): VideoHandle | null {
  const parsed = submittedSchema.safeParse(body);
  if (!parsed.success) return null;
  const { request_id, status_url, response_url, cancel_url } = parsed.data;
  return {
    upstreamId: request_id,
    statusUrl: status_url ?? null,
    resultUrl: response_url ?? null,
    cancelUrl: cancel_url ?? null,
  };
}

export interface JobAddresses {
  status: string;
  result: string;
  cancel: string;
}

/**
 * Where to ask for a job: the addresses that fal returned, if they are on the endpoint's own origin (the key goes with
 * them), else built from the model's owner and name: its sub path is used on submit only.
 */
export function addressesOf(handle: VideoHandle, model: string, endpoint: ProviderEndpoint): JobAddresses {
  const own = (url: string | null): string | null => (url !== null && onOwnOrigin(url, endpoint) ? url : null);
  const app = model.split('/').slice(0, 2).join('/');
  const result = own(handle.resultUrl) ?? `/${app}/requests/${encodeURIComponent(handle.upstreamId)}`;
  return {
    status: own(handle.statusUrl) ?? `${result}/status`,
    result,
    cancel: own(handle.cancelUrl) ?? `${result}/cancel`,
  };
}

const statusSchema = z.looseObject({ status: z.string() });

/** `completed` says only that there is a result to be read; it may be a failure. Null for an unreadable answer. */
export function readStatus(body: unknown): 'running' | 'completed' | null {
  const parsed = statusSchema.safeParse(body);
  if (!parsed.success) return null;
  return ['COMPLETED', 'FAILED', 'CANCELED', 'CANCELLED'].includes(parsed.data.status) ? 'completed' : 'running';
}
