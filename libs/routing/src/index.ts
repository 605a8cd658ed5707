export {
  credentialHealthSchema,
  credentialKeyOf,
  candidateHealthSchema,
  candidateKeyOf,
  UNKNOWN_CREDENTIAL,
  UNKNOWN_CANDIDATE,
  type CredentialHealth,
  type HealthView,
  type CandidateHealth,
} from './health.js';
export { afterOutcome, credentialAfterOutcome, type CallOutcome } from './after-outcome.js';
export { meanOf } from './moving-average.js';
export { candidateStateOf } from './candidate-state.js';
export { RouteStrategy, type Step, type RouteStrategyInput, type RouteStrategyPorts } from './route-strategy.js';
export type { EarlierTry } from './tried-candidates.js';
export { weighRoute, type Candidate, type WeighedRoute } from './weigh-route.js';
