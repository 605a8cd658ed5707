export {
  priceUsage,
  findPriceLine,
  inputTokensOf,
  withoutMargin,
  type PricedComponent,
  type PricedBill,
} from './price-usage.js';
export * from './estimate-plan.js';
export * from './charge.js';
export * from './cost-line.js';
export type { MadeItem } from './as-made.js';
export * from './usage-record.js';
