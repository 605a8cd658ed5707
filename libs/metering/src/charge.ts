import { NOTHING_CHARGED, type ChargeBasis, type PlannedOffering, type Quantity } from '@lumenfall/contracts';
import { MICROS_PER_USD } from '@lumenfall/money';
import { Decimal } from 'decimal.js';
import { priceUsage } from './price-usage.js';

export interface Delivery {
  /** How many of how many items this delivery is: 2 of 4 images, 1 of 1 video. */
  delivered: number;
  of: number;
  /** Megapixels delivered, if they were measured. */
  megapixels?: number;
}

/** What a provider reports about one call; null if it reports nothing. */
export interface ProviderReport {
  usage: Quantity[] | null;
  /** USD as decimal text. */
  reportedCostUsd: string | null;
}

/** True if the provider's figures are in the units of the offering's price. */
export function isPriceable(offering: PlannedOffering, { usage, reportedCostUsd }: ProviderReport): boolean {
  if (reportedCostUsd !== null) return true;
  return usage !== null && offering.estimate.every((planned) => usage.some((used) => areAlike(planned, used)));
}

function areAlike(one: Quantity, other: Quantity): boolean {
  return one.type === other.type && one.metric === other.metric;
}

/** The charge by the provider's own figures, reduced to the part of the call that was delivered. */
export function reportedCharge(
  offering: PlannedOffering,
  report: ProviderReport,
  { delivered, of }: Delivery,
): ChargeBasis {
  const quantities = isPriceable(offering, { ...report, reportedCostUsd: null }) ? (report.usage ?? []) : [];
  const cost = report.reportedCostUsd;
  return {
    price: offering.price,
    quantities: quantities.map((quantity) => ({
      ...quantity,
      // The plan has the properties that select the price line (such as the resolution), unless the provider reports
      // them.
      properties: quantity.properties ?? offering.estimate.find((planned) => areAlike(planned, quantity))?.properties,
      quantity: (quantity.quantity * delivered) / of,
    })),
    reportedCostUsd: cost === null || delivered === of ? cost : new Decimal(cost).times(delivered).div(of).toFixed(),
    estimated: false,
  };
}

/** The charge by the same quantities that the dry run priced, so that the charge equals the estimate. */
export function plannedCharge(offering: PlannedOffering, { delivered, of, megapixels }: Delivery): ChargeBasis {
  const quantities = offering.estimate.map((planned) => ({
    ...planned,
    quantity: isMeasured(planned) && megapixels !== undefined ? megapixels : (planned.quantity * delivered) / of,
  }));
  return { price: offering.price, quantities, reportedCostUsd: null, estimated: false };
}

/** Delivered megapixels are measured; the input was known before. */
const isMeasured = ({ type, metric }: Quantity): boolean => type === 'output' && metric === 'megapixel';

/**
 * One basis for what several calls delivered. If their prices differ, or if some reported their cost, each is priced on
 * its own and the sum becomes the reported cost: a total is always the sum of its parts.
 */
export function joinCharges(charges: readonly ChargeBasis[]): ChargeBasis {
  const [first, ...others] = charges;
  if (first === undefined) return NOTHING_CHARGED;
  if (others.length === 0) return first;
  const estimated = charges.some((charge) => charge.estimated);
  const quantities = joinQuantities(charges.flatMap((charge) => charge.quantities));
  const alike = others.every((other) => other.price?.version === first.price?.version);
  if (alike && charges.every((charge) => charge.reportedCostUsd === null)) {
    return { price: first.price, quantities, reportedCostUsd: null, estimated };
  }
  const micros = charges.reduce((sum, charge) => sum + priceUsage(charge).totalMicros, 0);
  const reportedCostUsd = new Decimal(micros).div(MICROS_PER_USD).toFixed();
  return { price: alike ? first.price : null, quantities, reportedCostUsd, estimated };
}

/** Adds up quantities with the same price, so that a component is rounded once and not once per call. */
function joinQuantities(quantities: readonly Quantity[]): Quantity[] {
  const joined = new Map<string, Quantity>();
  for (const quantity of quantities) {
    const properties = Object.entries(quantity.properties ?? {}).sort();
    const key = JSON.stringify([quantity.type, quantity.metric, quantity.of ?? null, properties]);
    const known = joined.get(key);
    joined.set(key, known === undefined ? quantity : { ...known, quantity: known.quantity + quantity.quantity });
  }
  return [...joined.values()];
}
