export {
  candidateHealthSchema,
  candidateKeyOf,
  candidateStateOf,
  credentialHealthSchema,
  credentialKeyOf,
  meanOf,
  UNKNOWN_CANDIDATE,
  UNKNOWN_CREDENTIAL,
  type CandidateHealth,
  type CredentialHealth,
  type HealthView,
} from './health.js';
export { afterOutcome, credentialAfterOutcome, type CallOutcome } from './after-outcome.js';
export { mayFailOver } from './failover.js';
export { RouteStrategy, type RouteStrategyInput, type RouteStrategyPorts, type Step } from './route-strategy.js';
export type { EarlierTry } from './tried-candidates.js';
export { weighRoute, type Candidate, type WeighedRoute } from './weigh-route.js';
