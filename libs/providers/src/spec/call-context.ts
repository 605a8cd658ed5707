import type { ProviderSlug } from '@lumenfall/contracts';

/** A service account of Google Cloud, which signs for its own access tokens. */
export interface ServiceAccount {
  clientEmail: string;
  /** PEM. */
  privateKey: string;
  privateKeyId: string | null;
  /** Issues the tokens; the signature goes to this URL only. */
  tokenUri: string;
}

/** The base URL and the key of a provider. The key goes to the base URL's own origin only. */
export interface ProviderEndpoint {
  provider: ProviderSlug;
  /** Without a trailing slash; includes the version (`https://api.openai.com/v1`). */
  baseUrl: string;
  apiKey: string;
  /** The name of the key in records and logs: the provider and a fingerprint of the key (`openai#3fa9c1d2`). */
  credential: string;
  /** Replaces the key, which is then empty; Vertex AI only. */
  serviceAccount?: ServiceAccount;
  /** True for the sandbox: its files may be at plain http and private addresses. */
  sandbox: boolean;
}

/** What every call receives in addition to its request. */
export interface CallContext {
  endpoint: ProviderEndpoint;
  /** The provider's own model id. */
  model: string;
  /** The catalog's parameter table of this offering. */
  parameters: Record<string, unknown>;
  requestId: string;
  /** The limits of the modality, as the operator set them. */
  limits: TimeLimits;
  /** Aborted when the client leaves, the deadline passes, or the process hands back its work. */
  signal: AbortSignal;
}

/** The limits of the phases of a call, in ms. */
export interface TimeLimits {
  /** Name look-up, TCP and TLS. */
  connectMs: number;
  /** From the request sent to the headers of the answer. */
  firstByteMs: number;
  /** Between two pieces of the answer's body; for a job that is polled, between two answered polls. */
  idleMs: number;
  /** The whole call, body included; for work that takes several calls, all of them together. */
  wholeMs: number;
}

/** The shorter of two limits in each phase: for the steps of a longer piece of work. */
export function within(limits: TimeLimits, most: TimeLimits): TimeLimits {
  return {
    connectMs: Math.min(limits.connectMs, most.connectMs),
    firstByteMs: Math.min(limits.firstByteMs, most.firstByteMs),
    idleMs: Math.min(limits.idleMs, most.idleMs),
    wholeMs: Math.min(limits.wholeMs, most.wholeMs),
  };
}

/** For a poll, or one step of a protocol with several. */
export const QUICK: TimeLimits = { connectMs: 5_000, firstByteMs: 30_000, idleMs: 30_000, wholeMs: 60_000 };
/** For a call that answers with the finished result. */
export const GENERATION: TimeLimits = { connectMs: 5_000, firstByteMs: 300_000, idleMs: 120_000, wholeMs: 600_000 };
