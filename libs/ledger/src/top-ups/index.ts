export * from './top-ups.js';
export * from './auto-top-ups.js';
export * from './payment-customers.js';
export type { MoveOutcome, Paid, Refunded } from './top-up-moves.js';
export { topUpStateSchema, type TopUp, type TopUpProvider, type TopUpState } from './top-up-row.js';
export { autoTopUpView, topUpView } from './top-up-views.js';
