export * from './ledger.js';
export * from './credit.js';
export * from './holds.js';
export * from './history.js';
export * from './entry-list.js';
export * from './request-report.js';
export * from './usage-report.js';
