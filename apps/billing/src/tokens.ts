/** Injection tokens of the providers that have no class. */
export const QUEUE_ENGINE = Symbol('queue engine');
/** The database client. The stores below read and write through it. */
export const DATABASE = Symbol('database');
export const LEDGER = Symbol('ledger');
export const HOLDS = Symbol('holds');
export const HOLD_REVIEWS = Symbol('hold reviews');
export const HISTORY = Symbol('request history');
export const ENTRIES = Symbol('ledger entries');
/** What pays for top-ups: the payment provider and the stores. */
export const PAYMENTS = Symbol('payments');
export const USAGE_REPORTS = Symbol('usage reports');
