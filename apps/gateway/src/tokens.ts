/** Injection tokens of what has no class of its own. */
export const QUEUE_ENGINE = Symbol('queue engine');
export const PRODUCER = Symbol('job producer');
/** `UsageAppender` */
export const USAGE = Symbol('usage log');
export const INBOX = Symbol('reply inbox');
/** The counters of limits that all gateways share. */
export const LIMIT_COUNTERS = Symbol('limit counters');
export const BILLING = Symbol('billing client');
/** The database client. The stores below read and write through it. */
export const DATABASE = Symbol('database');
export const API_KEYS = Symbol('API keys');
export const VIDEO_STORE = Symbol('video store');
export const IMAGE_RUNS = Symbol('image runs');
export const PAYLOADS = Symbol('payload store');
export const MEDIA = Symbol('media store');
export const CATALOG = Symbol('catalog');
/** `ProviderEndpoint[]`: the providers that the configuration names. */
export const PROVIDER_ENDPOINTS = Symbol('provider endpoints');
/** `ProviderAvailability[]`, what planning needs of them. */
export const AVAILABLE_PROVIDERS = Symbol('available providers');
export const MEDIA_ADDRESS = Symbol('media address');
/** `PurgeTools`, for the purge of payloads. */
export const PURGE = Symbol('payload purge');
export const DELETION = Symbol('video deletion');
