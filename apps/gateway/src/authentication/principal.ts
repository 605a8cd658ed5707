import type { MediaRetention, RoutingRules } from '@lumenfall/contracts';
import type { FastifyReply } from 'fastify';
import type { AppliedLimits } from '../limits/limit-claims.js';
import type { TakenLimits } from '../limits/taken-limits.js';

/** The caller of a request. Set by the authentication before a handler runs. */
export interface Principal {
  organizationId: string;
  keyId: string;
  /** The organization's lists of allowed and denied offerings. */
  rules: RoutingRules;
  /** How long the organization's media are kept, unless a request says otherwise. */
  mediaRetention: MediaRetention;
  /** What the organization pays on top of each price, in percent; null: nothing. */
  marginPercent: string | null;
  /** How long bodies are kept; `none`: not at all. */
  payloadRetention: MediaRetention;
  /** Of the key and the organization; null: none is set. */
  limits: AppliedLimits | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on public routes and before the authentication. */
    principal: Principal | null;
    /** True once another process records the outcome: the worker of its job, or of its video. */
    accepted: boolean;
    /** Where the answer to an authenticated request goes. */
    reply: FastifyReply | null;
    /** What the request has taken of its limits; null if it has none. */
    limits: TakenLimits | null;
  }
}
