export { operate, type OutputOf } from './operate.js';
export { OPERATIONS, isOperation, type OperationName } from './operations.js';
export type { ActionSource } from './actions.js';
export type { Page } from './fields.js';
export type { OrganizationView } from './organizations.js';
export type { CreatedKey, KeyView } from './keys.js';
export type { EntryView } from './credits.js';
export type { ActionView } from './list-actions.js';
export type { LimitsView } from './limits-field.js';
