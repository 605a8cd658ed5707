import { findPriceLine } from '@lumenfall/metering';
import { executedModelOf, type PlannedOffering, type ProviderSlug, type WeighedCandidate } from '@lumenfall/contracts';
import { MICROS_PER_USD } from '@lumenfall/money';
import { drawOrder } from './draw-order.js';
import { credentialKeyOf, candidateKeyOf, type HealthView, type CandidateHealth } from './health.js';
import { hopefulMeanOf, meanOf } from './moving-average.js';
import { candidateStateOf } from './candidate-state.js';

/** An offering of a route with one of the credentials that it can be reached with. */
export interface Candidate {
  /** The offering's place in the plan's route. */
  index: number;
  offering: PlannedOffering;
  credential: string;
  /** Names the two together, in every process. */
  key: string;
}

export interface WeighedRoute {
  /** In the order in which they are to be tried, as far as health stays as it is. */
  candidates: Candidate[];
  /** The same, as it is kept for whoever asks later. */
  order: WeighedCandidate[];
}

export interface Weighing {
  route: readonly PlannedOffering[];
  /** Names of the keys that this process has for a provider. */
  credentialsOf(provider: ProviderSlug): readonly string[];
  health: HealthView;
  /** Unix ms */
  now: number;
  /** From 0 up to, but not including, 1. */
  random(): number;
}

interface DrawnCandidate extends Candidate {
  health: CandidateHealth;
  circuitState: WeighedCandidate['circuitState'];
  share: number;
}

/** How much speed and price can take away from a share. */
const LEAST_FACTOR = 0.25;
/** Free is as cheap as the least that can be charged. */
const LEAST_USD = 1e-6;
/** What is left to an offering that keeps failing without its breaker opening: enough to notice when it gets better. */
const LEAST_SUCCESS_FACTOR = 0.05;

/**
 * Puts a route into the order of one request. In each priority group the healthy offerings are drawn by weight, success, speed
 * and price; each with one of its credentials, at random, so that all are used. Then come the other credentials of the same
 * offerings, then whatever is not healthy.
 */
export function weighRoute({ route, credentialsOf, health, now, random }: Weighing): WeighedRoute {
  const groups = new Map<number, DrawnCandidate[]>();
  const others: DrawnCandidate[] = [];
  const unhealthy: DrawnCandidate[] = [];
  for (const [index, offering] of route.entries()) {
    const healthy: DrawnCandidate[] = [];
    for (const credential of credentialsOf(offering.provider)) {
      const key = candidateKeyOf(offering, credential);
      const known = health.candidate(key);
      const circuitState = candidateStateOf(known, health.credential(credentialKeyOf(credential)), now).state;
      const candidate = { index, offering, credential, key, health: known, circuitState, share: 0 };
      (circuitState === 'healthy' ? healthy : unhealthy).push(candidate);
    }
    const [chosen] = healthy.splice(Math.floor(random() * healthy.length), 1);
    if (chosen === undefined) continue;
    const group = groups.get(offering.priority);
    if (group === undefined) groups.set(offering.priority, [chosen]);
    else group.push(chosen);
    others.push(...drawOrder(healthy, () => 1, random));
  }
  const first = [...groups.keys()]
    .sort((one, other) => one - other)
    .flatMap((priority) => drawn(groups.get(priority) ?? [], random));
  const places = new Map(first.map(({ index }, place) => [index, place]));
  others.sort((one, other) => (places.get(one.index) ?? 0) - (places.get(other.index) ?? 0));
  unhealthy.sort((one, other) => one.offering.priority - other.offering.priority);
  const candidates = [...first, ...others, ...unhealthy];
  return { candidates, order: candidates.map(weighedCandidate) };
}

/** One group in the order drawn; each candidate is told the chance it had of being first. */
function drawn(group: DrawnCandidate[], random: () => number): DrawnCandidate[] {
  if (group.length > 1) shareOut(group);
  else for (const candidate of group) candidate.share = 1;
  return drawOrder(group, ({ share }) => share, random);
}

function shareOut(group: DrawnCandidate[]): void {
  const latencies = group.map(({ health }) => meanOf(health.latency));
  const prices = group.map(({ offering }) => {
    const expected = expectedUsd(offering);
    return expected === null ? null : Math.max(LEAST_USD, expected);
  });
  const fastest = leastOf(latencies);
  const cheapest = leastOf(prices);
  const scores = group.map(({ offering, health }, at) => {
    const success = Math.max(LEAST_SUCCESS_FACTOR, hopefulMeanOf(health.success) ** 2);
    const speed = Math.sqrt(ratio(fastest, latencies[at] ?? null));
    return offering.weight * success * atLeast(speed) * atLeast(ratio(cheapest, prices[at] ?? null));
  });
  const sum = scores.reduce((total, score) => total + score, 0);
  for (const [at, candidate] of group.entries()) candidate.share = sum === 0 ? 0 : (scores[at] ?? 0) / sum;
}

/** What is not known counts as the best there is. */
function ratio(best: number | null, own: number | null): number {
  return best === null || own === null || own <= 0 ? 1 : best / own;
}

const atLeast = (factor: number): number => Math.max(LEAST_FACTOR, factor);

function leastOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/**
 * About what the request will cost there, in USD; null where that is not known before. For comparing only, so in plain numbers:
 * what is charged is priced by `priceUsage`.
 */
function expectedUsd({ price, estimate }: PlannedOffering): number | null {
  if (price === null) return null;
  let usd = 0;
  for (const quantity of estimate) {
    const line = findPriceLine(price.lines, quantity);
    if (line === undefined) return null;
    usd += Number(line.unitPrice) * quantity.quantity;
  }
  return usd;
}

function weighedCandidate({ offering, credential, circuitState, share, health }: DrawnCandidate): WeighedCandidate {
  const success = meanOf(health.success);
  const latency = meanOf(health.latency);
  const expected = expectedUsd(offering);
  return {
    executedModel: executedModelOf(offering),
    credential,
    priority: offering.priority,
    weight: offering.weight,
    circuitState,
    successRate: success === null ? null : rounded(success),
    latencyMs: latency === null ? null : Math.round(latency),
    expectedMicros: expected === null ? null : Math.round(expected * MICROS_PER_USD),
    share: rounded(share),
  };
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;
