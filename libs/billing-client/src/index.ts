export * from './billing-client.js';
export type { NewHold, PlacedHold } from './place-hold.js';
