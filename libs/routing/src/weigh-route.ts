import { findPriceLine, inputTokensOf } from '@lumenfall/metering';
import { executedModelOf, type PlannedOffering, type ProviderSlug, type WeighedCandidate } from '@lumenfall/contracts';
import { MICROS_PER_USD } from '@lumenfall/money';
import {
  candidateKeyOf,
  candidateStateOf,
  credentialKeyOf,
  hopefulMeanOf,
  meanOf,
  type CandidateHealth,
  type HealthView,
} from './health.js';

/** An offering of a route, with one of the credentials for its provider. */
export interface Candidate {
  /** The offering's place in the plan's route. */
  index: number;
  offering: PlannedOffering;
  credential: string;
  /** Of the two together, see `candidateKeyOf`. */
  key: string;
}

export interface WeighedRoute {
  /** In the order in which they are tried unless their health changes. */
  candidates: Candidate[];
  /** The same, as the request report keeps it. */
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

/** The least that speed, or price, can multiply a score by. */
const LEAST_FACTOR = 0.25;
/** A free offering is compared as if it cost one micro. */
const LEAST_USD = 1e-6;
/** The least success factor: an offering that keeps failing still gets enough calls to notice its recovery. */
const LEAST_SUCCESS_FACTOR = 0.05;

/**
 * Orders the candidates of one request. In each priority group the healthy offerings are drawn at random, by weight,
 * success, speed and price, each with one of its credentials at random. Then come the other credentials of these
 * offerings, then the unhealthy candidates.
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

/** One group in the order drawn; sets each candidate's chance of being first as its `share`. */
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

/** An unknown value counts as the best. */
function ratio(best: number | null, own: number | null): number {
  return best === null || own === null || own <= 0 ? 1 : best / own;
}

const atLeast = (factor: number): number => Math.max(LEAST_FACTOR, factor);

function leastOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** Expected cost in USD, null if unknown. For comparison only, hence a plain number; charges come from `priceUsage`. */
function expectedUsd({ price, estimate }: PlannedOffering): number | null {
  if (price === null) return null;
  const context = inputTokensOf(estimate);
  let usd = 0;
  for (const quantity of estimate) {
    const line = findPriceLine(price.lines, quantity, context);
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

/** Weighted random order without replacement; items of weight 0 come last, in an even order. */
function drawOrder<T>(items: readonly T[], weightOf: (item: T) => number, random: () => number): T[] {
  if (items.length < 2) return [...items];
  // Efraimidis and Spirakis: sorting by random^(1/weight), descending, draws each item with the chance of its weight.
  return items
    .map((item) => {
      const weight = weightOf(item);
      const luck = random();
      return {
        item,
        weighs: weight > 0,
        ticket: weight > 0 ? Math.log(Math.max(luck, Number.MIN_VALUE)) / weight : luck,
      };
    })
    .sort((one, other) => Number(other.weighs) - Number(one.weighs) || other.ticket - one.ticket)
    .map(({ item }) => item);
}
