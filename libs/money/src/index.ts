export * from './micros.js';
export * from './price-arithmetic.js';
export * from './usd-amount.js';
