import type { ChargeBasis, PriceLine, Quantity } from '@lumenfall/contracts';
import { addMicros, priceComponent, usdToMicros, ZERO_MICROS, type Micros } from '@lumenfall/money';

/** One line of a bill, in the shape that a dry run shows. */
export interface PricedComponent {
  type: string;
  metric: string;
  quantity: number;
  billable_quantity: number;
  /** USD per unit. */
  unit_price: number;
  /** Micros, rounded once, half up. */
  total_cost: Micros;
}

export interface PricedBill {
  totalMicros: Micros;
  components: PricedComponent[];
  /** Something was used that no price line covers. Never free: an alarm, or a refusal beforehand. */
  unpriced: boolean;
}

/**
 * What a request costs: the provider's own figure where it reported one, otherwise its quantities at the planned price.
 * The worker (for `metadata.cost`), the dry run and the ledger all call this one function.
 */
export function priceUsage(charge: Omit<ChargeBasis, 'estimated'>): PricedBill {
  if (charge.reportedCostUsd !== null) {
    return { totalMicros: usdToMicros(charge.reportedCostUsd), components: [], unpriced: false };
  }
  const components: PricedComponent[] = [];
  let unpriced = false;
  for (const quantity of charge.quantities) {
    if (quantity.quantity === 0) continue;
    const line = findPriceLine(charge.price?.lines ?? [], quantity);
    if (line) components.push(priced(quantity, line));
    else unpriced = true;
  }
  const totalMicros =
    components.length === 0 ? ZERO_MICROS : addMicros(...components.map((component) => component.total_cost));
  return { totalMicros, components, unpriced };
}

function priced({ type, metric, quantity }: Quantity, line: PriceLine): PricedComponent {
  return {
    type,
    metric,
    quantity,
    billable_quantity: quantity,
    unit_price: Number(line.unitPrice),
    total_cost: priceComponent(line.unitPrice, quantity),
  };
}

/** The first line that fits. Cached tokens without a line of their own cost what input costs. */
export function findPriceLine(lines: readonly PriceLine[], quantity: Quantity): PriceLine | undefined {
  const found = lines.find((line) => covers(line, quantity));
  if (found || (quantity.type !== 'cache_read' && quantity.type !== 'cache_write')) return found;
  return findPriceLine(lines, { ...quantity, type: 'input' });
}

function covers(line: PriceLine, quantity: Quantity): boolean {
  return (
    line.type === quantity.type &&
    line.metric === quantity.metric &&
    (line.of === undefined || line.of === (quantity.of ?? 'text')) &&
    Object.entries(line.when ?? {}).every(([property, value]) => quantity.properties?.[property] === value)
  );
}
