export { priceUsage, findPriceLine, type PricedComponent, type PricedBill } from './price-usage.js';
export * from './estimate-plan.js';
export * from './charge.js';
export * from './cost-line.js';
export * from './usage-record.js';
