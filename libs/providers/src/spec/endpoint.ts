import type { ProviderSlug } from '@lumenfall/contracts';
import type { TimeLimits } from './time-limits.js';

/** An account of Google Cloud that signs for its own access tokens. */
export interface ServiceAccount {
  clientEmail: string;
  /** PEM. */
  privateKey: string;
  privateKeyId: string | null;
  /** Where tokens are asked for; the signature goes there and nowhere else. */
  tokenUri: string;
}

/** Where a provider is reached and with which key. The key goes to `baseUrl`'s own origin and nowhere else. */
export interface ProviderEndpoint {
  provider: ProviderSlug;
  /** Without a trailing slash; includes the version path (`https://api.openai.com/v1`). */
  baseUrl: string;
  apiKey: string;
  /** What this key is called in records and logs: the provider and a fingerprint that tells nothing of it (`openai#3fa9c1d2`). */
  credential: string;
  /** Instead of a key, which is then empty: Vertex AI only. */
  serviceAccount?: ServiceAccount;
  /** True for the sandbox: plain http and private addresses are allowed for its files. */
  sandbox: boolean;
}

/** What every call is given besides its input. */
export interface CallContext {
  endpoint: ProviderEndpoint;
  /** The provider's own model id. */
  model: string;
  /** The catalog's parameter table of this offering. */
  parameters: Record<string, unknown>;
  requestId: string;
  /** How long this call may take: what the modality allows, as the operator set it. */
  limits: TimeLimits;
  /** Aborted when the client left, the deadline passed, or the process must hand back its work. */
  signal: AbortSignal;
}
