/** What Nest's container knows interfaces by. */
export const BILLING = Symbol('billing client');
export const CATALOG = Symbol('catalog');
export const DATABASE = Symbol('database');
export const MEDIA = Symbol('media store');
export const MEDIA_ADDRESS = Symbol('media address');
export const DELETION = Symbol('what deleting a video needs');
