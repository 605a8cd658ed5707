/** What the controllers are given, by name: the bundles carry no type metadata to inject by. */
export const DATABASE = Symbol('database');
export const LOW_BALANCE_FLOOR = Symbol('low balance floor');
