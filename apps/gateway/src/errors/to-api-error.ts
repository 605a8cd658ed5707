import { apiError, type ApiError } from '@lumenfall/contracts';
import { ApiFailure } from './api-failure.js';

/** Fastify's own refusals, by its error codes. Whatever of them is not listed and is a 4xx is an invalid request. */
const FASTIFY_CODES: Record<string, () => ApiError> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () =>
    apiError('PAYLOAD_TOO_LARGE', 'The request body is too large: at most 20 MB of JSON, 50 MB per uploaded file'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    apiError('UNSUPPORTED_MEDIA_TYPE', 'Unsupported Content-Type. Send JSON with Content-Type: application/json'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    apiError('INVALID_REQUEST', 'The body is not as long as Content-Length says'),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => apiError('INVALID_REQUEST', 'The request body is empty: expected a JSON object'),
  FST_REQ_FILE_TOO_LARGE: () => apiError('PAYLOAD_TOO_LARGE', 'An uploaded file is too large: at most 50 MB'),
  FST_FILES_LIMIT: () => apiError('PAYLOAD_TOO_LARGE', 'Too many uploaded files'),
  FST_PARTS_LIMIT: () => apiError('PAYLOAD_TOO_LARGE', 'Too many form fields'),
  FST_FIELDS_LIMIT: () => apiError('PAYLOAD_TOO_LARGE', 'Too many form fields'),
  FST_INVALID_MULTIPART_CONTENT_TYPE: () =>
    apiError('UNSUPPORTED_MEDIA_TYPE', 'The multipart Content-Type has no boundary'),
  FST_ERR_BAD_URL: () => apiError('INVALID_REQUEST', 'The path is not a valid URL path'),
  FST_ERR_MAX_PARAM_LENGTH: () => apiError('NOT_FOUND', 'Unknown path: a part of it is too long'),
};

/**
 * What a client is told of something that was thrown. Null for a bug: the caller logs it and answers `INTERNAL_ERROR`, and
 * nothing of it reaches the client.
 */
export function toApiError(thrown: unknown): ApiError | null {
  if (thrown instanceof ApiFailure) return thrown.error;
  for (const candidate of [thrown, causeOf(thrown)]) {
    const known = FASTIFY_CODES[codeOf(candidate)];
    if (known !== undefined) return known();
  }
  const status = statusOf(thrown);
  if (status === 413) return apiError('PAYLOAD_TOO_LARGE', 'The request is too large');
  if (status === 415) return apiError('UNSUPPORTED_MEDIA_TYPE', 'Unsupported Content-Type');
  if (status !== null && status >= 400 && status < 500)
    return apiError('INVALID_REQUEST', 'The request could not be read');
  return null;
}

function causeOf(thrown: unknown): unknown {
  return thrown instanceof Error ? thrown.cause : undefined;
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}

/** Of a Nest `HttpException` or a Fastify error. */
function statusOf(thrown: unknown): number | null {
  if (!(thrown instanceof Error)) return null;
  if ('getStatus' in thrown && typeof thrown.getStatus === 'function') return Number(thrown.getStatus());
  return 'statusCode' in thrown && typeof thrown.statusCode === 'number' ? thrown.statusCode : null;
}
