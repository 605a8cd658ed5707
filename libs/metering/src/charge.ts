import {
  NOTHING_CHARGED,
  type ChargeBasis,
  type PlannedOffering,
  type Price,
  type Quantity,
} from '@lumenfall/contracts';
import { Decimal } from 'decimal.js';
import { asMade, type MadeItem } from './as-made.js';

export interface Delivery {
  /** How many of how many items this delivery is: 2 of 4 images, 1 of 1 video. */
  delivered: number;
  of: number;
  /** The delivered items, as they were measured; absent: they count as planned. */
  made?: readonly MadeItem[];
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
  if (usage === null) return false;
  return offering.estimate.every((planned) => isFee(planned) || usage.some((used) => isCovered(planned, used)));
}

/** Input that was read from a cache is input. */
const isCovered = (planned: Quantity, used: Quantity): boolean =>
  used.metric === planned.metric && (used.type === 'output') === (planned.type === 'output');

function areAlike(one: Quantity, other: Quantity): boolean {
  return one.type === other.type && one.metric === other.metric;
}

/** The charge by the provider's own figures, reduced to the part of the call that was delivered. */
export function reportedCharge(
  offering: PlannedOffering,
  report: ProviderReport,
  { delivered, of }: Delivery,
): ChargeBasis {
  const used = isPriceable(offering, { ...report, reportedCostUsd: null }) ? (report.usage ?? []) : [];
  const quantities = used.map((quantity) => ({
    ...quantity,
    // The plan has the properties that select the price line (such as the resolution), unless the provider reports
    // them.
    properties: quantity.properties ?? offering.estimate.find((planned) => areAlike(planned, quantity))?.properties,
    quantity: (quantity.quantity * delivered) / of,
  }));
  const cost = report.reportedCostUsd;
  return {
    price: offering.price,
    quantities: [...quantities, ...(quantities.length === 0 ? [] : feesOf(offering.price))],
    reportedCostUsd: cost === null || delivered === of ? cost : new Decimal(cost).times(delivered).div(of).toFixed(),
    marginPercent: offering.marginPercent,
    estimated: false,
  };
}

/**
 * The charge by the quantities that the dry run priced, so that the charge equals the estimate; less if what was made
 * is less than what was planned.
 */
export function plannedCharge(offering: PlannedOffering, { delivered, of, made }: Delivery): ChargeBasis {
  const quantities = offering.estimate.flatMap((planned): Quantity[] => {
    if (isFee(planned)) return [planned];
    const share = { ...planned, quantity: (planned.quantity * delivered) / of };
    return made === undefined || planned.type !== 'output' ? [share] : asMade(offering, planned, made, of);
  });
  return {
    price: offering.price,
    quantities: joinQuantities(quantities),
    reportedCostUsd: null,
    marginPercent: offering.marginPercent,
    estimated: false,
  };
}

/** A fee is paid once for a request that delivers anything. */
const isFee = ({ metric }: Quantity): boolean => metric === 'request';

/** The fee of a request at this price; empty if it has none. */
export function feesOf(price: Price | null): Quantity[] {
  const line = price?.lines.find(({ metric }) => metric === 'request');
  return line === undefined ? [] : [{ type: line.type, metric: 'request', quantity: 1 }];
}

/**
 * One basis for what several calls delivered. If their prices differ, or if some reported their cost, each stays a part
 * with a price of its own: a total is always the sum of its parts.
 */
export function joinCharges(charges: readonly ChargeBasis[]): ChargeBasis {
  const [first, ...others] = charges;
  if (first === undefined) return NOTHING_CHARGED;
  if (others.length === 0) return first;
  const estimated = charges.some((charge) => charge.estimated);
  const quantities = joinQuantities(charges.flatMap((charge) => charge.quantities));
  const parts = charges.flatMap((charge) => charge.parts ?? [charge]);
  const alike = parts.every(({ price }) => price?.version === first.price?.version);
  const basis = { quantities, reportedCostUsd: null, marginPercent: first.marginPercent, estimated };
  return alike && parts.every(({ reportedCostUsd }) => reportedCostUsd === null)
    ? { ...basis, price: first.price }
    : { ...basis, price: alike ? first.price : null, parts };
}

/** Adds up quantities with the same price, so that a component is rounded once and not once per call. */
function joinQuantities(quantities: readonly Quantity[]): Quantity[] {
  const joined = new Map<string, Quantity>();
  for (const quantity of quantities) {
    const properties = Object.entries(quantity.properties ?? {}).sort();
    const key = JSON.stringify([quantity.type, quantity.metric, quantity.of ?? null, properties]);
    const known = joined.get(key);
    if (known !== undefined && isFee(quantity)) continue;
    joined.set(key, known === undefined ? quantity : { ...known, quantity: known.quantity + quantity.quantity });
  }
  return [...joined.values()];
}
