import type { MediaRetention, RoutingRules } from '@lumenfall/contracts';

/** Who asks. Set by the authentication before a handler runs. */
export interface Principal {
  organizationId: string;
  keyId: string;
  /** The organization's own lists: which offerings it may use. */
  rules: RoutingRules;
  /** How long the organization keeps its media, where a request does not say. */
  mediaRetention: MediaRetention;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null only on the public routes and before the authentication. */
    principal: Principal | null;
    /** True once the request's end is recorded by somebody else: its job, or the row of its video. */
    accepted: boolean;
  }
}
