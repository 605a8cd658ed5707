import type { Modality, RequestContext } from '@lumenfall/contracts';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../authentication/principal.js';
import { asText } from './json-body.js';

const MAX_TEXT = 256;

/** The context that a request's record keeps, bounded and cleaned: all of it may come from the client. */
export function requestContextOf(
  request: FastifyRequest,
  principal: Principal,
  about: { modality: Modality; model: string | null; user: string | null },
): RequestContext {
  return {
    requestId: request.id,
    organizationId: principal.organizationId,
    keyId: principal.keyId,
    modality: about.modality,
    endpoint: asText(pathOf(request.url)).slice(0, MAX_TEXT),
    model: bounded(about.model),
    createdAt: new Date(request.arrivedAt).toISOString(),
    sessionId: bounded(single(request.headers['x-lumenfall-session-id'])),
    traceId: traceIdOf(single(request.headers['traceparent'])),
    user: bounded(about.user),
    requestSizeBytes: lengthOf(request.headers['content-length']),
  };
}

/** The trace id of a W3C `traceparent`; null for anything malformed, and for the invalid all-zero id. */
export function traceIdOf(traceparent: string | null): string | null {
  const id = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/i.exec(traceparent ?? '')?.[1];
  return id === undefined || /^0+$/.test(id) ? null : id.toLowerCase();
}

function lengthOf(header: string | undefined): number | null {
  const length = Number(header);
  return header !== undefined && Number.isSafeInteger(length) && length >= 0 ? length : null;
}

function bounded(text: string | null): string | null {
  return text === null || text === '' ? null : asText(text.slice(0, MAX_TEXT));
}

function single(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}

/** The path of a request target as the client sent it, without its query. */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}
