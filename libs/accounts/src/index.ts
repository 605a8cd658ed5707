export * from './organizations.js';
export * from './api-keys.js';
export { hashSecret, mintKey, readKey, type MintedKey } from './key-secret.js';
export * from './bootstrap-organization.js';
export * from './spend.js';
