export * from './micros.js';
export * from './price-arithmetic.js';
