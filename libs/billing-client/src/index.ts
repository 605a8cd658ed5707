export * from './billing-client.js';
