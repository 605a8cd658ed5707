import { z } from 'zod';

/**
 * An organization's own lists. A pattern is matched against `<provider>/<model id>` (ours, not the provider's), with `*` for
 * any run of characters, slashes included: `fal/*` is a provider, `openai/sora-*` some models there. A denied offering is never
 * used; where `allow` names anything, nothing else is. `deny` wins.
 */
export const routingRulesSchema = z.object({
  allow: z.array(z.string()).default([]),
  deny: z.array(z.string()).default([]),
});
export type RoutingRules = z.infer<typeof routingRulesSchema>;

export const NO_RULES: RoutingRules = { allow: [], deny: [] };
