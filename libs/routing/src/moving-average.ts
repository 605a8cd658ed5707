import { z } from 'zod';
import { AVERAGE_PART } from './thresholds.js';

/**
 * A decaying average that is right from its first value on: `mass` is how much of the whole has been filled, 0 to 1, so that
 * early values are not watered down by a beginning that nobody measured.
 */
export const movingAverageSchema = z.object({ total: z.number(), mass: z.number().min(0).max(1) });
export type MovingAverage = z.infer<typeof movingAverageSchema>;

export const NOTHING_MEASURED: MovingAverage = { total: 0, mass: 0 };

export function withValue({ total, mass }: MovingAverage, value: number): MovingAverage {
  const rest = 1 - AVERAGE_PART;
  return { total: total * rest + value * AVERAGE_PART, mass: mass * rest + AVERAGE_PART };
}

/** Null before the first value. */
export function meanOf({ total, mass }: MovingAverage): number | null {
  return mass === 0 ? null : total / mass;
}

/** The average as if it had begun with some calls of value 1: one first failure must not shut a provider out. */
export function hopefulMeanOf({ total, mass }: MovingAverage): number {
  const hope = 2 * AVERAGE_PART;
  return (total + hope) / (mass + hope);
}
