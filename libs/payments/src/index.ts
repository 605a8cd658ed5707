export * from './payment-port.js';
export * from './open-payment-port.js';
