/** On every answer: errors, streams and unknown paths too. */
export const REQUEST_ID_HEADER = 'X-Lumenfall-Request-Id';
/** The same id once more, where OpenAI's SDKs look for it: they show it as `request_id`, on answers and on errors. */
export const SDK_REQUEST_ID_HEADER = 'X-Request-Id';
export const PROVIDER_HEADER = 'X-Lumenfall-Provider';
export const MODEL_HEADER = 'X-Lumenfall-Model';
