import type { ChargeBasis, PriceLine, Quantity } from '@lumenfall/contracts';
import { addMicros, priceComponent, usdToMicros, withMargin, type Micros } from '@lumenfall/money';

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
 * What a request costs: the provider's own figure where it reported one, otherwise its quantities at the planned price;
 * plus the organization's margin. The worker (for `metadata.cost`), the dry run and the ledger all call this one
 * function.
 */
export function priceUsage(charge: Omit<ChargeBasis, 'estimated'>): PricedBill {
  if (charge.parts !== undefined) return sumOf(charge.parts.map(priceUsage));
  const margin = charge.marginPercent ?? null;
  if (charge.reportedCostUsd !== null) {
    return { totalMicros: usdToMicros(charge.reportedCostUsd, margin), components: [], unpriced: false };
  }
  const components: PricedComponent[] = [];
  let unpriced = false;
  const context = inputTokensOf(charge.quantities);
  for (const quantity of charge.quantities) {
    if (quantity.quantity === 0) continue;
    const line = findPriceLine(charge.price?.lines ?? [], quantity, context);
    if (line) components.push(priced(quantity, line, margin));
    else unpriced = true;
  }
  return { totalMicros: addMicros(...components.map(({ total_cost }) => total_cost)), components, unpriced };
}

/** The same work without the organization's margin: what it costs at the provider. */
export function withoutMargin<T extends Omit<ChargeBasis, 'estimated'>>(charge: T): T {
  const parts = charge.parts?.map((part) => ({ ...part, marginPercent: null }));
  return { ...charge, marginPercent: null, ...(parts && { parts }) };
}

function sumOf(bills: readonly PricedBill[]): PricedBill {
  return {
    totalMicros: addMicros(...bills.map(({ totalMicros }) => totalMicros)),
    components: bills.flatMap(({ components }) => components),
    unpriced: bills.some(({ unpriced }) => unpriced),
  };
}

function priced({ type, metric, quantity }: Quantity, line: PriceLine, margin: string | null): PricedComponent {
  return {
    type,
    metric,
    quantity,
    billable_quantity: quantity,
    unit_price: Number(withMargin(line.unitPrice, margin)),
    total_cost: priceComponent(line.unitPrice, quantity, margin),
  };
}

/** The input tokens of a request, cached ones included: they select the price lines with `above`. */
export function inputTokensOf(quantities: readonly Quantity[]): number {
  return quantities.reduce(
    (sum, { type, metric, quantity }) => (type !== 'output' && metric === 'token' ? sum + quantity : sum),
    0,
  );
}

/**
 * The first line that fits. Cached tokens without a line of their own cost what input costs.
 *
 * @param context the input tokens of the request, see `inputTokensOf`
 */
export function findPriceLine(lines: readonly PriceLine[], quantity: Quantity, context: number): PriceLine | undefined {
  const found = lines.find((line) => covers(line, quantity, context));
  if (found || (quantity.type !== 'cache_read' && quantity.type !== 'cache_write')) return found;
  return findPriceLine(lines, { ...quantity, type: 'input' }, context);
}

function covers(line: PriceLine, quantity: Quantity, context: number): boolean {
  return (
    line.type === quantity.type &&
    line.metric === quantity.metric &&
    (line.of === undefined || line.of === (quantity.of ?? 'text')) &&
    (line.above === undefined || context > line.above) &&
    Object.entries(line.when ?? {}).every(([property, value]) => quantity.properties?.[property] === value)
  );
}
