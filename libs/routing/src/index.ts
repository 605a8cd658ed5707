export {
  credentialHealthSchema,
  credentialKeyOf,
  stopHealthSchema,
  stopKeyOf,
  UNKNOWN_CREDENTIAL,
  UNKNOWN_STOP,
  type CredentialHealth,
  type HealthView,
  type StopHealth,
} from './health.js';
export { afterOutcome, credentialAfterOutcome, type CallOutcome } from './after-outcome.js';
export { meanOf } from './moving-average.js';
export { standingOf } from './standing.js';
export { RouteWalk, type Step, type Walk, type WalkPorts } from './route-walk.js';
export type { EarlierTry } from './tried-stops.js';
export { weighRoute, type Stop, type WeighedRoute } from './weigh-route.js';
