import { apiError, errorEnvelope } from '@lumenfall/contracts';
import type { OpenFile } from '@lumenfall/media';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';

/** Streams a stored file or one byte range of it. Names are never reused, so the name serves as the ETag. */
export function sendFile(request: FastifyRequest, reply: FastifyReply, file: OpenFile, name: string): void {
  const etag = `"${name}"`;
  const secondsLeft = Math.max(0, Math.floor((file.expiresAt - Date.now()) / 1000));
  void reply.headers({
    'content-type': file.contentType,
    'cache-control': `private, max-age=${secondsLeft}`,
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'cross-origin',
    'accept-ranges': 'bytes',
    etag,
  });
  if (request.headers['if-none-match'] === etag) {
    void reply.code(304).send();
    return;
  }
  const ifRange = request.headers['if-range'];
  const range = readRange(
    ifRange === undefined || ifRange === etag ? request.headers.range : undefined,
    file.sizeBytes,
  );
  if (range === 'unsatisfiable') {
    void reply
      .code(416)
      .header('content-range', `bytes */${file.sizeBytes}`)
      .header('content-type', 'application/json; charset=utf-8');
    const message = `Range: the range is outside of the file, which has ${file.sizeBytes} bytes`;
    void reply.send(errorEnvelope(apiError('INVALID_REQUEST', message)));
    return;
  }
  const part = range === 'whole' ? undefined : range;
  if (part !== undefined)
    void reply.code(206).header('content-range', `bytes ${part.start}-${part.end}/${file.sizeBytes}`);
  void reply.header('content-length', String(part === undefined ? file.sizeBytes : part.end - part.start + 1));
  void reply.send(request.method === 'HEAD' ? Readable.from([]) : file.stream(part));
}

/**
 * Reads a `Range` header for a file of `size` bytes; `end` is included. Malformed headers, other units and several
 * ranges are answered with the whole file, as RFC 9110 (14.2) allows.
 */
export function readRange(
  header: string | undefined,
  size: number,
): 'whole' | 'unsatisfiable' | { start: number; end: number } {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'whole';
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'whole';
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}
