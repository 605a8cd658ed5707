import type { Failure, Failures, Latency } from './profile.js';

/** Numbers from 0 up to but without 1. */
export type Random = () => number;

/** Mulberry32: small, even enough for this, and the same on every machine. The name keeps generators of one seed apart. */
export function seededRandom(seed: number, name: string): Random {
  let state = seed;
  for (const character of name) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Which failure a call meets, null for none. Takes one number. */
export function drawFailure(failures: Failures, random: Random): Failure | null {
  let left = random();
  for (const [name, share] of Object.entries(failures)) {
    left -= share ?? 0;
    if (left < 0) return name as Failure;
  }
  return null;
}

/** The 95th percentile of the standard normal distribution. */
const Z95 = 1.6449;
const LONGEST_MS = 3_600_000;

/** Takes two numbers, also where the latency is fixed: what is drawn next does not depend on it. @returns milliseconds */
export function drawLatency(latency: Latency, random: Random): number {
  const [first, second] = [random(), random()];
  if (typeof latency === 'number') return latency;
  const normal = Math.sqrt(-2 * Math.log(1 - first)) * Math.cos(2 * Math.PI * second);
  const sigma = Math.log(latency.p95 / latency.p50) / Z95;
  return Math.min(LONGEST_MS, latency.p50 * Math.exp(sigma * normal));
}
