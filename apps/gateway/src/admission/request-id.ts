/** On every answer: errors, streams and unknown paths too. */
export const REQUEST_ID_HEADER = 'X-Lumenfall-Request-Id';
export const PROVIDER_HEADER = 'X-Lumenfall-Provider';
export const MODEL_HEADER = 'X-Lumenfall-Model';
